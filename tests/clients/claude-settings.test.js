// Claude Code as one who has signed in to the gateway: its policy, its telemetry, and its start while everything behind the gateway is away.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startGateway } from './gateway.js';

const command = path.join(path.dirname(fileURLToPath(import.meta.url)), 'node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs');
const installed = existsSync(command) && (await run(['--version'], tmpdir(), process.env).then(() => true, () => false));

describe('Claude Code that has signed in', { skip: installed ? false : 'the Claude Code command line is not installed', timeout: 240_000 }, () => {
  let gateway;
  let collector;
  let key;
  const batches = [];
  before(async () => {
    collector = createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part)).on('end', () => {
        batches.push({ url: request.url, headers: request.headers, body: Buffer.concat(parts).toString('latin1') });
        response.end();
      });
    });
    await new Promise((resolve) => collector.listen(0, '127.0.0.1', resolve));
    gateway = await startGateway({ settings: { GATEWAY_TELEMETRY_ENDPOINT: `http://127.0.0.1:${collector.address().port}` } });
    const team = await gateway.admin('POST', '/admin/v1/teams', { name: 'developers' });
    key = await gateway.admin('POST', '/admin/v1/keys', { name: 'ada', teamId: team.id });
    // With what would change the checksum if it were not written as the client writes it, and nothing that a person would be asked about.
    await gateway.admin('PUT', `/admin/v1/teams/${team.id}/managed-settings`, {
      model: 'translated/model', companyAnnouncements: ['ü <&> "x"'], cleanupPeriodDays: 30, permissions: { deny: ['WebFetch'], allow: ['Read'] },
    });
    await until(async () => {
      const answer = await fetch(`${gateway.url}/managed/settings`, { headers: { authorization: `Bearer ${key.key}` } });
      return answer.ok && (await answer.json()).settings.model === 'translated/model';
    });
  }, { timeout: 120_000 });
  after(async () => {
    await gateway?.stop();
    collector?.close();
  });

  it('takes its policy from the gateway, and has it by the checksum that it computes itself at the next start', async () => {
    const door = await settingsDoor(gateway.url);
    const home = signedIn(door.url, key.key);
    try {
      for (const expected of [200, 304]) {
        const { stdout } = await run(['-p', 'Hello', '--output-format', 'json'], home, environmentOf(home));
        const result = JSON.parse(stdout);
        assert.equal(result.is_error, false, stdout);
        assert.ok(result.modelUsage['translated/model'], stdout);
        assert.equal(door.answers.at(-1), expected, `${door.answers}`);
      }
    } finally {
      door.close();
      rmSync(home, { recursive: true, force: true });
    }
  });

  it('sends telemetry that arrives with who sent it and joins the usage event by the session', async () => {
    const home = signedIn(gateway.url, key.key);
    try {
      const { stdout } = await run(['-p', 'Hello', '--output-format', 'json'], home, environmentOf(home));
      const { session_id: session } = JSON.parse(stdout);
      const batch = await until(() => batches.find((b) => b.body.includes(session)));
      assert.equal(batch.url, '/v1/metrics');
      assert.ok(!JSON.stringify(batch).includes(key.key));
      assert.ok(batch.body.includes(`gateway.key.id`) && batch.body.includes(key.id), batch.body);
      const known = /gateway\.session[^0-9a-f]*([0-9a-f]{32})/.exec(batch.body)?.[1];
      const event = await until(async () =>
        (await gateway.admin('GET', `/admin/v1/keys/${key.id}/events?limit=100`)).data.find((e) => e.session === known));
      assert.equal(event.key_id, key.id);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });

  it('starts while billing, the store and the sidecar are away and its gateway has just been started', async () => {
    const door = await settingsDoor(await gateway.startLonelyDoor());
    const home = signedIn(door.url, key.key);
    try {
      const { stdout } = await run(['-p', '/context'], home, environmentOf(home));
      assert.match(stdout, /Context Usage/i);
      assert.deepEqual(door.answers, [200]);
    } finally {
      door.close();
      rmSync(home, { recursive: true, force: true });
    }
  });
});

/** A home in which somebody has signed in, as `/login` leaves it. */
function signedIn(url, key) {
  const home = mkdtempSync(path.join(tmpdir(), 'gateway-claude-'));
  mkdirSync(path.join(home, '.claude'));
  writeFileSync(path.join(home, '.claude/.credentials.json'), JSON.stringify({
    enterpriseGateway: { url, jwt: key, expiresAt: Date.now() + 3_600_000 }, gatewayTrust: { '127.0.0.1': 'http-loopback' },
  }), { mode: 0o600 });
  return home;
}

function environmentOf(home) {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(ANTHROPIC|CLAUDE|OTEL|DISABLE)/.test(name)));
  return { ...kept, HOME: home, CLAUDE_CONFIG_DIR: path.join(home, '.claude'), DISABLE_AUTOUPDATER: '1', DISABLE_ERROR_REPORTING: '1' };
}

/** A way to the gateway that remembers how the policy was answered. */
async function settingsDoor(gateway) {
  const answers = [];
  const server = createServer((request, response) => {
    const onward = httpRequest(new URL(request.url, gateway), { method: request.method, headers: { ...request.headers, host: new URL(gateway).host } }, (answer) => {
      if (request.url === '/managed/settings') answers.push(answer.statusCode);
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, answers, close: () => server.close() };
}

async function until(condition) {
  for (const limit = Date.now() + 30_000; ;) {
    const value = await condition();
    if (value) return value;
    assert.ok(Date.now() < limit, 'it does not come');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function run(args, cwd, env) {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [command, ...args], { cwd, env, timeout: 100_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message}\n${stdout}\n${stderr}`)) : resolve({ stdout, stderr }));
    child.stdin.end();
  });
}
