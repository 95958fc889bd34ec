// Calls a relay with the vendors' own client libraries, and prints what they
// make of its answers:
//   node clients.cjs URL CALLS
// CALLS is a list of objects with the API, a key, whether to stream, and members
// of the request that differ from the usual ones.
const { Anthropic } = require("@anthropic-ai/sdk");
const { OpenAI } = require("openai");

const messages = [{ role: "user", content: "ping" }];
const anthropic = { Client: Anthropic, path: "" };
const openai = { Client: OpenAI, path: "/v1" };

// The members of a request, and what the stream's last word is called.
const APIS = {
  "chat/completions": {
    vendor: openai,
    resource: (client) => client.chat.completions,
    request: { model: "gpt-4o-mini", messages },
    streamed: { stream_options: { include_usage: true } },
    final: "finalChatCompletion",
  },
  messages: {
    vendor: anthropic,
    resource: (client) => client.messages,
    request: { model: "claude-3-5-sonnet", messages, max_tokens: 16 },
    final: "finalMessage",
  },
  responses: {
    vendor: openai,
    resource: (client) => client.responses,
    request: { model: "gpt-4o-mini", input: "ping" },
    final: "finalResponse",
  },
  embeddings: {
    vendor: openai,
    resource: (client) => client.embeddings,
    request: { model: "gpt-4o-mini", input: "ping" },
  },
};

async function answer(url, call) {
  const { vendor, resource, streamed, final, ...api } = APIS[call.api];
  const request = { ...api.request, ...call.request };
  const client = new vendor.Client({
    apiKey: call.key,
    baseURL: url + vendor.path,
    maxRetries: 0,
  });
  if (!call.stream) return { answer: await resource(client).create(request) };
  const stream = resource(client).stream({ ...request, ...streamed });
  const events = [];
  for await (const event of stream) events.push(event.type ?? event.object);
  return { events, answer: await stream[final]() };
}

async function outcome(url, call) {
  try {
    return await answer(url, call);
  } catch (error) {
    const { constructor, status, type, code, message } = error;
    return { error: { name: constructor.name, status, type, code, message } };
  }
}

async function main(url, calls) {
  const outcomes = calls.map((call) => outcome(url, call));
  console.log(JSON.stringify(await Promise.all(outcomes)));
}

main(process.argv[2], JSON.parse(process.argv[3]));
