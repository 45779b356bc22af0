// The official TypeScript SDK through the gateway over each of Claude's doors in clouds: it cannot tell which one it is.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Anthropic from 'sdk-current';
import { apiKey, doors, startGateway } from './gateway.js';

const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const pdf = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');
const everything = {
  max_tokens: 2000,
  thinking: { type: 'enabled', budget_tokens: 1024 },
  metadata: { user_id: JSON.stringify({ device_id: 'd', session_id: 's' }) },
  system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  tools: [{ name: 'get_weather', description: 'Reads the weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }],
  messages: [{ role: 'user', content: [
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: dot } },
    { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf } },
    { type: 'text', text: 'use tool get_weather with {"city":"Größe"}', cache_control: { type: 'ephemeral' } },
  ] }],
};

let gateway;
before(async () => { gateway = await startGateway(); }, { timeout: 120_000 });
after(() => gateway?.stop());

for (const door of Object.keys(doors)) {
  describe(`SDK over ${door}`, { timeout: 60_000 }, () => {
    const client = () => new Anthropic({ apiKey, authToken: null, baseURL: gateway.url, maxRetries: 0, timeout: 30_000 });
    const request = { ...everything, model: `door/${door}` };

    it('calls a tool with thinking, caching, an image, a PDF and betas', async () => {
      const { data: message, response } = await client().beta.messages
        .create({ ...request, betas: ['interleaved-thinking-2025-05-14', 'from-tomorrow-2027-01-01'] }).withResponse();
      assert.equal(message.model, request.model);
      assert.equal(message.stop_reason, 'tool_use');
      assert.deepEqual(message.content[0].input, { city: 'Größe' });
      assert.equal(response.headers.get('gateway-provider'), door);
      assert.ok(message.usage.input_tokens > 0);
    });

    it('streams the same', async () => {
      const message = await client().messages.stream(request).finalMessage();
      assert.equal(message.stop_reason, 'tool_use');
      assert.deepEqual(message.content[0].input, { city: 'Größe' });
    });

    it('gets an error of its own class', async () => {
      await assert.rejects(client().messages.create({ ...request, max_tokens: 'many' }), Anthropic.BadRequestError);
    });

    it('may leave in the middle', async () => {
      const stream = await client().messages.create({ ...request, stream: true, tools: [] });
      for await (const event of stream) {
        assert.equal(event.type, 'message_start');
        break;
      }
      assert.equal((await client().messages.create(request)).stop_reason, 'tool_use');
    });
  });
}
