// Asks Shopify's own library about deliveries and callbacks; a JSON list on standard input, one verdict each on standard output.
import "@shopify/shopify-api/adapters/node";
import { ApiVersion, LogSeverity, shopifyApi } from "@shopify/shopify-api";

async function read() {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString("utf8"));
}

function library(secret) {
  return shopifyApi({
    apiKey: "referee",
    apiSecretKey: secret,
    scopes: ["read_orders"],
    hostName: "app.example",
    apiVersion: Object.values(ApiVersion).at(-1),
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error, log: () => {} },
  });
}

async function judge({ secret, kind, headers, body, query }) {
  const shopify = library(secret);
  if (kind === "callback") {
    try {
      return { valid: await shopify.utils.validateHmac(query) };
    } catch (error) {
      return { valid: false, reason: error.message };
    }
  }
  const rawRequest = { method: "POST", url: "/hooks", headers };
  return shopify.webhooks.validate({ rawBody: body, rawRequest, rawResponse: {} });
}

const verdicts = [];
for (const question of await read()) verdicts.push(await judge(question));
process.stdout.write(JSON.stringify(verdicts));
