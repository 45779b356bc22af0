// The official TypeScript SDK in the two generations people have installed, against the running gateway on both routes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Current from 'sdk-current';
import Earlier from 'sdk-0';
import { apiKey, startGateway } from './gateway.js';

const generations = [
  { name: 'SDK 1.x', Anthropic: Current, version: '2026-10-21', auth: ['authorization', `Bearer ${apiKey}`] },
  { name: 'SDK 0.x', Anthropic: Earlier, version: '2023-06-01', auth: ['x-api-key', apiKey] },
];
const weather = {
  name: 'get_weather',
  description: 'Reads the weather',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const timeout = 60_000;

let gateway;
before(async () => { gateway = await startGateway(); }, { timeout: 120_000 });
after(() => gateway?.stop());

for (const { name, Anthropic, version, auth } of generations) {
  const client = (options = {}) => new Anthropic({ apiKey, authToken: null, baseURL: gateway.url, maxRetries: 0, timeout: 30_000, ...options });

  describe(name, { timeout }, () => {
    it('sends the headers this test is about', async () => {
      let sent;
      const recording = client({ fetch: (url, init) => { sent = new Headers(init.headers); return fetch(url, init); } });
      await recording.messages.create(prompt('native/model', 'Hello'));
      assert.equal(sent.get('anthropic-version'), version);
      assert.equal(sent.get(auth[0]), auth[1]);
      assert.equal(sent.get(auth[0] === 'authorization' ? 'x-api-key' : 'authorization'), null);
    });

    it('lists the models and retrieves one', async () => {
      const listed = [];
      for await (const model of client().models.list()) listed.push(model.id);
      assert.ok(listed.includes('native/model') && listed.includes('translated/model'), listed.join());
      const one = await client().models.retrieve('native/model');
      assert.equal(one.id, 'native/model');
      assert.equal(one.type, 'model');
    });

    it('gets 401 and 404 as its own error classes', async () => {
      await assert.rejects(client({ apiKey: 'gw-nobody' }).messages.create(prompt('native/model', 'x')), (error) => {
        assert.ok(error instanceof Anthropic.AuthenticationError, String(error));
        assert.equal(error.error.error.type, 'authentication_error');
        assert.ok(error.requestID);
        return true;
      });
      await assert.rejects(client().messages.create(prompt('no/such-model', 'x')), Anthropic.NotFoundError);
      await assert.rejects(client().messages.create({ ...prompt('native/model', 'x'), max_tokens: 'many' }), Anthropic.BadRequestError);
    });

    for (const route of ['native', 'translated']) {
      const model = `${route}/model`;
      describe(`${route} route`, () => {
        it('creates a message', async () => {
          const { data: message, request_id: requestId } = await client().messages.create(prompt(model, 'Hello, größer 🌍')).withResponse();
          assert.equal(message.content.length, 1);
          assert.equal(message.content[0].text, 'You said: Hello, größer 🌍');
          assert.equal(message.model, model);
          assert.equal(message.stop_reason, 'end_turn');
          assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0);
          assert.ok(requestId);
        });

        it('streams a message, event by event and as a whole', async () => {
          const types = [];
          for await (const event of await client().messages.create({ ...prompt(model, 'one two three'), stream: true })) types.push(event.type);
          assert.equal(types[0], 'message_start');
          assert.equal(types.at(-1), 'message_stop');
          assert.ok(types.filter((type) => type === 'content_block_delta').length > 1);

          const stream = client().messages.stream(prompt(model, 'one two three'));
          let text = '';
          stream.on('text', (delta) => { text += delta; });
          const message = await stream.finalMessage();
          assert.equal(text, 'You said: one two three');
          assert.equal(message.content[0].text, text);
          assert.ok(message.usage.output_tokens > 0);
        });

        for (const streamed of [false, true]) {
          it(`runs a tool round trip, ${streamed ? 'streamed' : 'whole'}`, async () => {
            const create = (params) => streamed ? client().messages.stream(params).finalMessage() : client().messages.create(params);
            const ask = { ...prompt(model, 'Please use tool get_weather with {"city":"Zürich \\"Nord\\""}'), tools: [weather] };
            const first = await create(ask);
            assert.equal(first.stop_reason, 'tool_use');
            const call = first.content.find((block) => block.type === 'tool_use');
            assert.equal(call.name, 'get_weather');
            assert.deepEqual(call.input, { city: 'Zürich "Nord"' });
            const second = await create({
              ...ask,
              messages: [
                ...ask.messages,
                { role: 'assistant', content: first.content },
                { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: '21 degrees' }] },
              ],
            });
            assert.equal(second.stop_reason, 'end_turn');
            assert.equal(second.content[0].text, 'You said: 21 degrees');
          });
        }

        it('counts tokens', async () => {
          const { input_tokens: few } = await client().messages.countTokens({ model, messages: prompt(model, 'Hello').messages });
          const { input_tokens: many } = await client().messages.countTokens({ model, messages: prompt(model, 'Hello there, '.repeat(200)).messages });
          assert.ok(few > 0 && many > few + 100, `${few} and ${many}`);
        });

        it('gets the provider\'s refusal as its own error class', async () => {
          await assert.rejects(client().messages.create(prompt(`${route}/limited`, 'x')), (error) => {
            assert.ok(error instanceof Anthropic.RateLimitError, String(error));
            assert.equal(error.error.error.type, 'rate_limit_error');
            return true;
          });
          await assert.rejects(client().messages.create(prompt(`${route}/refused`, 'x')), Anthropic.BadRequestError);
        });

        it('is told of a stream that breaks', async () => {
          for (const kind of ['cut', 'ended'])
            await assert.rejects(client().messages.stream(prompt(`${route}/${kind}`, 'a b c d e f g h')).finalMessage(), Anthropic.APIError);
        });

        it('may leave a stream', async () => {
          for await (const event of await client().messages.create({ ...prompt(`${route}/slow`, 'a b c d e f g h'), stream: true })) {
            if (event.type === 'content_block_delta') break;
          }
          const next = await client().messages.create(prompt(model, 'still there'));
          assert.equal(next.content[0].text, 'You said: still there');
        });
      });
    }
  });
}

function prompt(model, text) {
  return { model, max_tokens: 200, messages: [{ role: 'user', content: text }] };
}
