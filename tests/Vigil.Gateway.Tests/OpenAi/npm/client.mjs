// Talks to the gateway as any program with the official client would, and prints what it got as one line of JSON.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [directory, baseURL, apiKey] = process.argv.slice(2);
const require = createRequire(pathToFileURL(directory + "/package.json"));
const { default: OpenAI } = await import(pathToFileURL(require.resolve("openai").replace(/\.js$/, ".mjs")));
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = [{ role: "user", content: "hi" }];
const seen = {};

seen.models = (await client.models.list()).data.map((model) => model.id);
seen.model = (await client.models.retrieve("vigil/main")).id;
seen.whole = (await client.chat.completions.create({ model: "vigil/main", messages })).choices[0].message.content;

seen.streamed = "";
for await (const chunk of await client.chat.completions.create({ model: "vigil", messages, stream: true, stream_options: { include_usage: true } })) {
  seen.streamed += chunk.choices[0]?.delta?.content ?? "";
  seen.tokens = chunk.usage?.total_tokens ?? seen.tokens;
}

const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
const streamed = client.chat.completions.stream({ model: "vigil", messages: [{ role: "user", content: "weather?" }], tools });
const call = (await streamed.finalChatCompletion()).choices[0].message.tool_calls[0];
seen.call = call.function;
seen.afterCall = (await client.chat.completions.create({
  model: "vigil", tools,
  messages: [{ role: "user", content: "weather?" }, { role: "assistant", tool_calls: [call] }, { role: "tool", tool_call_id: call.id, content: "20" }],
})).choices[0].message.content;

const first = await client.responses.create({ model: "vigil/main", input: "hi" });
seen.response = first.output_text;
seen.events = [];
for await (const event of await client.responses.create({ model: "vigil/main", input: "again", previous_response_id: first.id, stream: true }))
  seen.events.push(event.type);
seen.stored = (await client.responses.retrieve(first.id)).status;
await client.responses.delete(first.id);

seen.errors = [];
for (const attempt of [
  () => client.chat.completions.create({ model: "gpt-4o", messages }),
  () => client.chat.completions.create({ model: "vigil", messages: [] }),
  () => client.responses.retrieve(first.id),
  () => new OpenAI({ baseURL, apiKey: "vgl_wrong", maxRetries: 0 }).models.list(),
]) {
  try {
    await attempt();
    seen.errors.push("none");
  } catch (error) {
    seen.errors.push(`${error.constructor.name} ${error.code} ${error.param}`);
  }
}
console.log(JSON.stringify(seen));
