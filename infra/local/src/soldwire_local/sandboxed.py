"""What points services at the sandbox instead of the real marketplaces: addresses and made-up credentials."""

from collections.abc import Mapping

SHOPIFY_CLIENT_ID = "sandbox-shopify-app"
SHOPIFY_CLIENT_SECRET = "shpss_sandbox_only_0123456789abcdef"
EBAY_CLIENT_ID = "Sandbox-Soldwire-SBX-0001"
EBAY_CLIENT_SECRET = "SBX-sandbox-only-0123456789abcdef"
EBAY_VERIFICATION_TOKEN = "sandbox_only_verification_token_0123456789abcdef"


def variables(urls: Mapping[str, str]) -> dict[str, str]:
    """Variables of every service when the sandbox runs at `urls["sandbox"]`; none without one."""
    if "sandbox" not in urls:
        return {}
    sandbox = urls["sandbox"]
    return {
        "SOLDWIRE_SHOPIFY_BASE": f"{sandbox}/shopify/{{shop}}",
        "SOLDWIRE_SHOPIFY_CLIENT_ID": SHOPIFY_CLIENT_ID,
        "SOLDWIRE_SHOPIFY_CLIENT_SECRET": SHOPIFY_CLIENT_SECRET,
        "SOLDWIRE_SHOPIFY_REDIRECT_URI": f"{urls.get('gateway', '')}/connect/shopify/callback",
        "SOLDWIRE_SHOPIFY_WEBHOOK_ADDRESS": f"{urls.get('connector-shopify', '')}/hooks/shopify",
        "SOLDWIRE_EBAY_API": f"{sandbox}/ebay",
        "SOLDWIRE_EBAY_AUTH": f"{sandbox}/ebay/auth",
        "SOLDWIRE_EBAY_CLIENT_ID": EBAY_CLIENT_ID,
        "SOLDWIRE_EBAY_CLIENT_SECRET": EBAY_CLIENT_SECRET,
        "SOLDWIRE_EBAY_VERIFICATION_TOKEN": EBAY_VERIFICATION_TOKEN,
        "SOLDWIRE_EBAY_NOTIFICATION_ENDPOINT": f"{urls.get('connector-ebay', '')}/hooks/ebay",
        "SOLDWIRE_DEPOP_WEB": f"{sandbox}/depop",
    }
