// Anthropic's own clients for clouds as the measure: what the gateway sends to a cloud, for a client of Anthropic's own API, is what they send there.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { AnthropicAws } from '@anthropic-ai/aws-sdk';
import { AnthropicBedrock, AnthropicBedrockMantle } from '@anthropic-ai/bedrock-sdk';
import { AnthropicFoundry } from '@anthropic-ai/foundry-sdk';
import { AnthropicGoogleCloud } from '@anthropic-ai/google-cloud-sdk';
import { AnthropicVertex } from '@anthropic-ai/vertex-sdk';
import Anthropic from 'sdk-current';
import { apiKey, doors, startGateway } from './gateway.js';

const [access, secret] = ['AKIAFAKEFAKEFAKEFAKE', 'fake/secret+key-of-the-tests'];
const token = 'a-token-of-the-tests';
// The libraries of Google ask for headers by themselves; nothing is called.
const google = { getRequestHeaders: async () => new Headers({ authorization: `Bearer ${token}` }) };

// There is none for Bedrock's Messages endpoint.
const twins = {
  bedrock: (fetch) => new AnthropicBedrock({ awsRegion: 'us-east-1', awsAccessKey: access, awsSecretKey: secret, fetch }),
  'bedrock-mantle': (fetch) => new AnthropicBedrockMantle({ awsRegion: 'us-east-1', awsAccessKey: access, awsSecretAccessKey: secret, fetch }),
  'claude-aws': (fetch) => new AnthropicAws({ awsRegion: 'us-east-1', workspaceId: 'wrkspc_1', awsAccessKey: access, awsSecretAccessKey: secret, fetch }),
  vertex: (fetch) => new AnthropicVertex({ region: 'global', projectId: 'project', authClient: google, fetch }),
  'claude-google': (fetch) => new AnthropicGoogleCloud({ project: 'project', workspaceId: 'w', bearerTokenProvider: async () => token, fetch }),
  foundry: (fetch) => new AnthropicFoundry({ resource: 'resource', apiKey: token, fetch }),
};

// Headers that are not compared, and why.
const different = {
  host: "the client's is the cloud's",
  connection: 'of the connection',
  authorization: 'signatures are of their moment; they are checked where the fake provider takes them',
  'x-amz-date': 'of its moment',
  'x-amz-content-sha256': 'of the bytes, which each writes in its own order',
  'content-length': 'likewise',
  'transfer-encoding': 'likewise',
  'content-type': 'with or without the charset, of which JSON has one',
  accept: 'the gateway takes both forms',
  'accept-encoding': 'the gateway asks for none',
  'user-agent': 'each says who it is',
  'anthropic-version': 'in the body where the cloud wants it there; the header would say it twice',
  'accept-language': "the runtime's of the gateway's client, which adds it where it calls by itself",
  'sec-fetch-mode': 'likewise',
};

const message = {
  id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content: [{ type: 'text', text: 'Hi' }],
  stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 },
};
const request = {
  max_tokens: 2000,
  system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
  tools: [{ name: 'get_weather', description: 'Reads the weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Größe?' }] }],
};

describe('Clients for clouds', { timeout: 120_000 }, () => {
  const arrived = [];
  let cloud;
  let gateway;
  before(async () => {
    cloud = createServer(async (incoming, response) => {
      const pieces = [];
      for await (const piece of incoming) pieces.push(piece);
      arrived.push({ method: incoming.method, path: incoming.url, headers: incoming.headers, body: JSON.parse(Buffer.concat(pieces)) });
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(message));
    });
    await new Promise((resolve) => cloud.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${cloud.address().port}`;
    const [providers, models] = [{}, []];
    for (const door of Object.keys(twins)) {
      const { model, ...place } = doors[door];
      providers[`twin-${door}`] = { dialect: 'anthropic', descriptor: door, baseUrl, ...place };
      models.push({ id: `twin/${door}`, routes: [{ provider: `twin-${door}`, model }] });
    }
    gateway = await startGateway({ providers, models });
  }, { timeout: 120_000 });
  after(async () => {
    await gateway?.stop();
    cloud?.close();
  });

  for (const [door, twin] of Object.entries(twins)) {
    it(`send over ${door} what the gateway sends there`, async () => {
      let sent;
      const record = async (url, init) => {
        const at = new URL(url);
        sent = { method: init.method.toUpperCase(), path: at.pathname + at.search, headers: Object.fromEntries(new Headers(init.headers)), body: JSON.parse(init.body) };
        return new Response(JSON.stringify(message), { headers: { 'content-type': 'application/json' } });
      };
      await twin(record).messages.create({ ...request, model: doors[door].model });
      const before = arrived.length;
      await new Anthropic({ apiKey, authToken: null, baseURL: gateway.url, maxRetries: 0 }).messages.create({ ...request, model: `twin/${door}` });
      assert.equal(arrived.length, before + 1);
      const got = arrived.at(-1);
      assert.equal(got.method, sent.method);
      assert.equal(decodeURIComponent(got.path), decodeURIComponent(sent.path));
      assert.deepEqual(got.body, sent.body);
      assert.deepEqual(compared(got.headers), compared(sent.headers));
    });
  }
});

function compared(headers) {
  return Object.fromEntries(Object.entries(headers)
    .filter(([name]) => !(name in different) && !name.startsWith('x-stainless-')).sort(([a], [b]) => (a < b ? -1 : 1)));
}
