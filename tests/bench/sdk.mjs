// SPDX-License-Identifier: MIT
// The official SDK with a pool, as its users write it: node sdk.mjs URL IN_FLIGHT CALLS PROMPT
import { GoogleGenAI } from "@google/genai";

const [baseUrl, inFlight, calls, contents] = process.argv.slice(2);
const ai = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl } });
let left = Number(calls);

async function worker() {
  while (left-- > 0) {
    const answer = await ai.models.generateContent({ model: "gemini-flash-latest", contents });
    process.stdout.write(answer.text + "\n");
  }
}

await Promise.all(Array.from({ length: Number(inFlight) }, worker));
