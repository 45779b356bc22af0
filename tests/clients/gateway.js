// The local gateway with the fake provider behind it, each a process of its own on a free port.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const startLimit = 90_000;

export const apiKey = 'gw-clients-key';
export const adminKey = 'gw-clients-admin';

/**
 * Both starts, the catalog between them, and `stop()` for all of it. `extra` are further members of the catalog, `models` and `providers` among them;
 * `settings` are the gateway's.
 */
export async function startGateway({ providers = {}, models = [], settings = {}, ...extra } = {}) {
  const directory = mkdtempSync(path.join(tmpdir(), 'gateway-clients-'));
  const running = [];
  const stop = async () => {
    await Promise.all(running.map(end));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const upstream = start('tests/FakeUpstream', 'FakeUpstream', ['--urls', 'http://127.0.0.1:0']);
    running.push(upstream);
    const provider = await upstream.line(/^Fake provider on (\S+):/m);
    const catalog = path.join(directory, 'catalog.json');
    const own = catalogOf(provider);
    writeFileSync(catalog, JSON.stringify({ ...own, ...extra, providers: { ...own.providers, ...providers }, models: [...own.models, ...models] }));
    const gateway = start('services/local', 'Gateway.Local', ['--urls', 'http://127.0.0.1:0', '--data', path.join(directory, 'data')], {
      GATEWAY_CATALOG: catalog,
      GATEWAY_API_KEY: apiKey,
      GATEWAY_ADMIN_KEY: adminKey,
      // What the fake provider takes as Amazon's, and as anybody else's.
      CLIENTS_AMAZON: 'AKIAFAKEFAKEFAKEFAKE:fake/secret+key-of-the-tests',
      CLIENTS_TOKEN: 'a-token-of-the-tests',
      ...settings,
    });
    running.push(gateway);
    const url = await gateway.line(/^Gateway\s+(\S+)/m);
    return {
      url,
      output: () => gateway.output(),
      stop,
      admin: (method, at, body) => callAdmin(url + at, method, body),
      startLonelyDoor: () => startLonelyDoor(path.join(directory, 'data/outbox'), catalog, running),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An ingress that finds no sidecar, and so neither billing nor the store: it has what lies beside the outbox. */
async function startLonelyDoor(outbox, catalog, running) {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${probe.address().port}`;
  await new Promise((resolve) => probe.close(resolve));
  const nobody = 'http://127.0.0.1:9';
  running.push(start('services/ingress', 'Gateway.Ingress', ['--urls', url], {
    GATEWAY_CATALOG: catalog, GATEWAY_OUTBOX: outbox, DAPR_HTTP_ENDPOINT: nobody, DAPR_GRPC_ENDPOINT: nobody,
  }));
  for (const limit = Date.now() + startLimit; ;) {
    if (await fetch(`${url}/alive`).then((answer) => answer.ok, () => false)) return url;
    if (Date.now() > limit) throw new Error('the lonely door does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function callAdmin(url, method, body) {
  const response = await fetch(url, {
    method,
    headers: { 'x-api-key': adminKey, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** Claude's ways through clouds, with the ids they have for one model. */
export const doors = {
  bedrock: { region: 'us-east-1', secret: 'CLIENTS_AMAZON', model: 'global.anthropic.claude-opus-4-8' },
  'bedrock-messages': { region: 'us-east-1', secret: 'CLIENTS_AMAZON', model: 'global.anthropic.claude-opus-4-8' },
  'bedrock-mantle': { region: 'us-east-1', secret: 'CLIENTS_AMAZON', model: 'anthropic.claude-opus-4-8' },
  'claude-aws': { region: 'us-east-1', workspace: 'wrkspc_1', secret: 'CLIENTS_AMAZON', model: 'claude-opus-4-8' },
  vertex: { project: 'project', secret: 'CLIENTS_TOKEN', model: 'claude-opus-4-8' },
  'claude-google': { project: 'project', workspace: 'w', secret: 'CLIENTS_TOKEN', model: 'claude-opus-4-8' },
  foundry: { resource: 'resource', secret: 'CLIENTS_TOKEN', model: 'claude-opus-4-8' },
};

// Each route once as it should be and once for each thing that may go wrong with the provider (x-fake-* is what bends its answer).
function catalogOf(provider) {
  const price = { currency: 'USD', perMillion: { input: 3, output: 15, cacheRead: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6 } };
  const limits = { contextTokens: 200000, maxOutputTokens: 64000, price };
  const routes = {
    native: { dialect: 'anthropic', baseUrl: provider, upstream: 'claude-fake', refusal: (type) => ({ type: 'error', error: { type, message: 'Not now' } }) },
    translated: { dialect: 'openai-chat', baseUrl: `${provider}/v1`, upstream: 'gpt-fake', refusal: (type) => ({ error: { message: 'Not now', type, param: null, code: null } }) },
  };
  const kinds = (refusal) => ({
    model: {},
    limited: { 'x-fake-status': '429', 'x-fake-body': JSON.stringify(refusal('rate_limit_error')) },
    refused: { 'x-fake-status': '400', 'x-fake-body': JSON.stringify(refusal('invalid_request_error')) },
    cut: { 'x-fake-cut-after': '4' },
    ended: { 'x-fake-end-after': '4' },
    slow: { 'x-fake-event-ms': '50' },
  });
  const catalog = { default: false, providers: {}, models: [] };
  for (const [route, { dialect, baseUrl, upstream, refusal }] of Object.entries(routes)) {
    for (const [kind, headers] of Object.entries(kinds(refusal))) {
      catalog.providers[`${route}-${kind}`] = { dialect, baseUrl, headers };
      catalog.models.push({ id: `${route}/${kind}`, routes: [{ provider: `${route}-${kind}`, model: upstream }], ...limits });
    }
  }
  for (const [door, { model, ...place }] of Object.entries(doors)) {
    catalog.providers[door] = { dialect: 'anthropic', baseUrl: provider, ...place };
    catalog.models.push({ id: `door/${door}`, routes: [{ provider: door, model }], ...limits });
  }
  catalog.models.push({ id: 'translated/blind', routes: [{ provider: 'translated-model', model: 'gpt-fake' }], capabilities: { images: false, pdf: false }, ...limits });
  return catalog;
}

function start(project, name, args, settings = {}) {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(GATEWAY|ANTHROPIC|OPENAI|DAPR)_/.test(key)));
  const child = spawn('dotnet', [assembly(project, name), ...args], { env: { ...environment, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const heard = new Set();
  const hear = (chunk) => {
    output += chunk;
    for (const listen of heard) listen();
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  return {
    child,
    exited,
    output: () => output,
    line: (pattern) => new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`${name} did not say ${pattern} in time:\n${output}`)), startLimit);
      const look = () => {
        const match = output.match(pattern);
        if (!match) return;
        clearTimeout(limit);
        heard.delete(look);
        resolve(match[1]);
      };
      heard.add(look);
      exited.then((code) => {
        clearTimeout(limit);
        reject(new Error(`${name} ended with ${code}:\n${output}`));
      });
      look();
    }),
  };
}

async function end({ child, exited }) {
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  child.kill('SIGTERM');
  await exited;
  clearTimeout(killer);
}

// The build that is there, whichever it is; in a fresh clone, one is made.
function assembly(project, name) {
  const find = () => ['debug', 'release']
    .map((configuration) => path.join(root, '.artifacts/bin', name, configuration, `${name}.dll`))
    .find(existsSync);
  if (!find()) execFileSync('dotnet', ['build', path.join(root, project), '--nologo', '-v', 'q'], { stdio: 'ignore' });
  return find();
}
