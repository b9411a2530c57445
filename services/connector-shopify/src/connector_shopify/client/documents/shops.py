"""Asking a shop who it is and what it lets us do, and where it sends its webhooks."""

from __future__ import annotations

from connector_shopify.client.documents.parts import MORE

SHOPS = {
    "Shop": "query Shop { shop { id name myshopifyDomain currencyCode } }",
    "AppScopes": "query AppScopes { currentAppInstallation { app { apiKey } accessScopes { handle } } }",
    "Subscriptions": f"""query Subscriptions($after: String) {{
      webhookSubscriptions(first: 100, after: $after) {{ {MORE} nodes {{ id topic uri }} }}
    }}""",
    "Subscribe": """mutation Subscribe($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) {
        userErrors { message }
      }
    }""",
    "MoveSubscription": """mutation MoveSubscription($id: ID!, $webhookSubscription: WebhookSubscriptionInput!) {
      webhookSubscriptionUpdate(id: $id, webhookSubscription: $webhookSubscription) { userErrors { message } }
    }""",
    "Unsubscribe": """mutation Unsubscribe($id: ID!) {
      webhookSubscriptionDelete(id: $id) { userErrors { message } }
    }""",
}
