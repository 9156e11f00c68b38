// SPDX-License-Identifier: MIT
// The official JavaScript SDK as a client of gem-sim, unchanged: run by "make check-sdk"
// as `gem-sim --key K -- node check.mjs`, which sets the key and the base URL.
import assert from "node:assert/strict";
import { ApiError, GoogleGenAI } from "@google/genai";

const apiKey = process.env.GEMINI_API_KEY;
const ai = new GoogleGenAI({ apiKey });
const model = "gemini-flash-latest";
let count = 0;

async function check(sentence, body) {
  count += 1;
  try {
    await body();
    console.log(`ok ${count} - ${sentence}`);
  } catch (error) {
    console.log(`not ok ${count} - ${sentence}\n${error.stack}`);
    process.exitCode = 1;
  }
}

async function apiError(call, status) {
  const error = await call.then(() => null, (e) => e);
  assert.ok(error instanceof ApiError, `${error}`);
  assert.equal(error.status, status);
  return error;
}

const ask = (contents, config) => ai.models.generateContent({ model, contents, config });

await check("text", async () => {
  const r = await ask("Count to 3");
  assert.equal(r.text, "[simulated] 1, 2, 3");
  assert.equal(r.candidates[0].finishReason, "STOP");
  assert.equal(r.usageMetadata.totalTokenCount,
    r.usageMetadata.promptTokenCount + r.usageMetadata.candidatesTokenCount);
  assert.equal(r.modelVersion, "gemini-3.8-flash");
});

await check("a configuration with a system instruction and a limit of tokens", async () => {
  const r = await ask("Summarise: " + "many words ".repeat(40),
    { systemInstruction: "Be brief.", temperature: 0, maxOutputTokens: 5, thinkingConfig: { thinkingBudget: 0 } });
  assert.equal(r.candidates[0].finishReason, "MAX_TOKENS");
  assert.equal(r.text.length, 20);
});

await check("a stream has the unary answer's text, in several chunks", async () => {
  const contents = "Summarise: The quick brown fox jumps over the lazy dog near the bank of the river.";
  const chunks = [];
  for await (const chunk of await ai.models.generateContentStream({ model, contents })) chunks.push(chunk);
  assert.ok(chunks.length > 2);
  assert.equal(chunks.map((c) => c.text).join(""), (await ask(contents)).text);
  assert.equal(chunks.at(-1).candidates[0].finishReason, "STOP");
  assert.equal(chunks[0].candidates[0].finishReason, undefined);
});

await check("thoughts are no text, and text parts are put together", async () => {
  assert.equal((await ask("#sim:think")).text, undefined);
  assert.equal((await ask("#sim:multipart Count to 4")).text, "[simulated] 1, 2, 3, 4");
});

await check("a blocked prompt has feedback and no candidates", async () => {
  const r = await ask("#sim:block");
  assert.equal(r.promptFeedback.blockReason, "SAFETY");
  assert.equal(r.candidates, undefined);
});

await check("countTokens", async () => {
  const r = await ai.models.countTokens({ model, contents: "x".repeat(400) });
  assert.equal(r.totalTokens, 100);
});

await check("embeddings come in order, with the dimensions asked for", async () => {
  const embed = (contents) => ai.models.embedContent(
    { model: "gemini-embedding-001", contents, config: { outputDimensionality: 64 } });
  const pair = (await embed(["one", "two"])).embeddings;
  assert.equal(pair.length, 2);
  assert.equal(pair[1].values.length, 64);
  assert.deepEqual((await embed(["two"])).embeddings[0].values, pair[1].values);
});

await check("models are listed page by page, and found", async () => {
  const names = [];
  for await (const m of await ai.models.list({ config: { pageSize: 2 } })) names.push(m.name);
  assert.ok(names.length > 4 && names.includes(`models/${model}`));
  assert.equal((await ai.models.get({ model })).name, `models/${model}`);
});

await check("an unknown model is 404", () => apiError(
  ai.models.generateContent({ model: "gemini-0", contents: "x" }), 404));

await check("a wrong key is 400, a wrong AQ. key 401", async () => {
  const as = (key) => new GoogleGenAI({ apiKey: key }).models.generateContent({ model, contents: "x" });
  assert.match((await apiError(as("AIzaWrong"), 400)).message, /API_KEY_INVALID/);
  assert.match((await apiError(as("AQ.Wrong"), 401)).message, /ACCESS_TOKEN_TYPE_UNSUPPORTED/);
});

for (const status of [400, 403, 429, 499, 500, 502, 503, 504]) {
  await check(`${status} is an ApiError with that status`, () => apiError(ask(`#sim:status=${status}`), status));
}

await check("a quota's refusal tells the delay", async () => {
  const error = await apiError(ask("#sim:quota=minute,1.5s"), 429);
  assert.match(error.message, /"retryDelay": ?"1\.500s"/);
});

await check("an error before a stream is an ApiError", () => apiError(
  ai.models.generateContentStream({ model, contents: "#sim:status=503" }), 503));

for (const directive of ["midbare", "midframe"]) {
  await check(`an error within a stream (${directive}) is an ApiError after the first chunk`, async () => {
    const texts = [];
    await apiError((async () => {
      const stream = await ai.models.generateContentStream({ model, contents: `#sim:${directive}=1` });
      for await (const chunk of stream) texts.push(chunk.text);
    })(), 503);
    assert.equal(texts.length, 1);
  });
}

await check("the SDK's retries succeed when the error goes away", async () => {
  const again = new GoogleGenAI({ apiKey, httpOptions: { retryOptions: { attempts: 3, initialDelay: 0.01 } } });
  const r = await again.models.generateContent({ model, contents: "#sim:fail=1,503 Count to 2" });
  assert.equal(r.text, "[simulated] 1, 2");
});

console.log(`1..${count}`);
