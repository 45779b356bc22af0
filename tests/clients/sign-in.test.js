// Claude Code's /login against the gateway, in a terminal: trust, code, browser, a request, a spent budget, a user who is let go.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import xterm from '@xterm/headless';
import { startGateway } from './gateway.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const command = path.join(here, 'node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs');
const clientId = 'the-gateway';
const { Terminal } = xterm;
const [rows, cols] = [50, 200];

/** Null, or why this can't run here: the machine's settings are put before the client in a namespace of its own, and the terminal is script's. */
function missing() {
  if (process.platform !== 'linux') return 'needs Linux: the machine-wide settings are given to the client in a mount namespace';
  if (!existsSync(command)) return 'the Claude Code command line is not installed';
  for (const [program, args, why] of [
    ['script', ['-qec', 'true', '/dev/null'], 'script of util-linux, for a terminal, is not there'],
    ['unshare', ['-rm', 'mount', '--bind', '/etc', '/etc'], 'namespaces of users and mounts are not allowed here'],
  ]) {
    try {
      execFileSync(program, args, { stdio: 'ignore', timeout: 20_000 });
    } catch {
      return why;
    }
  }
  return null;
}

describe('Claude Code signs in', { skip: missing() ?? false, timeout: 600_000 }, () => {
  let company;
  let gateway;
  let home;
  let terminal;
  before(async () => {
    company = await startCompany();
    gateway = await startGateway({
      settings: {
        GATEWAY_OIDC_AUTHORITY: company.url,
        GATEWAY_OIDC_CLIENT_ID: clientId,
        GATEWAY_OIDC_CLIENT_SECRET: 'secret',
        GATEWAY_SIGN_IN_POLL_SECONDS: '1',
        // A busy machine must not look like one whose accounts are away.
        GATEWAY_ACTOR_WAIT_SECONDS: '20',
        GATEWAY_SIGN_IN_NOTICE: 'Use your company account',
      },
    });
    const team = await gateway.admin('POST', '/admin/v1/teams', { name: 'engineering', defaults: { user: { budget: { amount: 100, period: 'month' } } } });
    await gateway.admin('PUT', '/admin/v1/sign-in', { rules: [{ group: 'engineering', teamId: team.id }] });
    home = mkdtempSync(path.join(tmpdir(), 'gateway-sign-in-'));
  }, { timeout: 120_000 });
  after(async () => {
    await terminal?.stop();
    await gateway?.stop();
    company?.close();
    if (home) rmSync(home, { recursive: true, force: true });
  });

  it('by /login, asks, spends its budget, and is let go', async () => {
    terminal = startClient(home, gateway.url);
    await terminal.until(/Yes, I trust this folder/);
    await terminal.press('\x1b[B', /❯ (\d\. )?Yes/);
    await terminal.press('\r', /Cloud gateway/);
    await terminal.press('/login', /❯ \/login/);
    await terminal.press('\r', /Enter to connect/);
    // The default is no: this one is trusted.
    await terminal.press('\r', /Trust gateway 127\.0\.0\.1\?[^]*❯ No, go back/);
    await terminal.press('\x1b[B', /❯ Yes, trust this gateway/);
    const [code] = await terminal.press('\r', /[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}/);
    await approve(gateway.url, code);
    await terminal.until(/Signed in to Cloud gateway as ada@example\.com[^]*❯ No, go back/);
    await terminal.press('\x1b[A', /❯ Yes, continue/);
    await terminal.press('\r', /Press Enter to continue/);
    await terminal.press('\r', /Login successful/);
    // With what it was given, as anybody would use it from now on.
    const first = await ask();
    assert.equal(first.is_error, false, first.result);
    assert.match(first.result, /^You said: /);

    const { data: [user] } = await gateway.admin('GET', '/admin/v1/users');
    assert.equal(user.email, 'ada@example.com');
    assert.equal(user.budget.amount, 100);
    await eventually(async () => (await gateway.admin('GET', `/admin/v1/users/${user.id}/usage`)).totals.requests > 0);

    await gateway.admin('PATCH', `/admin/v1/users/${user.id}`, { budget: { amount: 0.000001, period: 'month' } });
    await eventually(async () => {
      const { is_error, result } = await ask();
      return is_error && /budget/i.test(result);
    });
    await gateway.admin('DELETE', `/admin/v1/users/${user.id}`);
    await eventually(async () => {
      const { is_error, result } = await ask();
      return is_error && /account was deleted|sign in again|\/login/i.test(result);
    });
  });

  /** One request of the signed-in client, without a terminal. */
  function ask() {
    const { program, args, options } = clientOf(home, ['-p', 'Hello', '--output-format', 'json', '--max-turns', '1']);
    return new Promise((resolve) => {
      execFile(program, args, { ...options, timeout: 90_000, maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
        try {
          resolve(JSON.parse(stdout));
        } catch {
          resolve({ is_error: true, result: `${stdout}${stderr}` });
        }
      }).stdin.end();
    });
  }
});

async function eventually(holds) {
  for (const limit = Date.now() + 180_000; ;) {
    if (await holds()) return;
    assert.ok(Date.now() < limit, 'it did not come to that in time');
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** How the client is started, with the machine's settings in its place. */
function clientOf(home, more) {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(ANTHROPIC|CLAUDE|GATEWAY|TMUX)/.test(key)));
  const inside = 'mount --bind "$0" /etc && cd "$1" && shift && exec "$@"';
  return {
    program: 'unshare',
    args: ['-rm', 'sh', '-c', inside, path.join(home, 'etc'), path.join(home, 'work'), process.execPath, command, '--model', 'native/model', ...more],
    options: {
      env: {
        ...kept, HOME: home, CLAUDE_CONFIG_DIR: path.join(home, '.claude'), TERM: 'xterm-256color', BROWSER: '/bin/true', DISABLE_AUTOUPDATER: '1',
        DISABLE_TELEMETRY: '1',
      },
    },
  };
}

/** The client on a terminal, with the machine's settings as an administrator would have put them. */
function startClient(home, gatewayUrl) {
  const etc = path.join(home, 'etc');
  const config = path.join(home, '.claude');
  for (const folder of [etc, path.join(home, 'work'), config]) mkdirSync(folder, { recursive: true });
  for (const name of ['ssl', 'hosts', 'resolv.conf', 'nsswitch.conf', 'passwd', 'group', 'ld.so.cache', 'localtime', 'alternatives', 'terminfo']) {
    if (existsSync(path.join('/etc', name))) cpSync(path.join('/etc', name), path.join(etc, name), { recursive: true, verbatimSymlinks: true });
  }
  mkdirSync(path.join(etc, 'claude-code'));
  writeFileSync(
    path.join(etc, 'claude-code/managed-settings.json'),
    JSON.stringify({ forceLoginMethod: 'gateway', forceLoginGatewayUrl: gatewayUrl }),
  );
  writeFileSync(path.join(config, '.claude.json'), JSON.stringify({ hasCompletedOnboarding: true, theme: 'dark' }));
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const { program, args, options } = clientOf(home, []);
  const line = `stty rows ${rows} cols ${cols}; exec ${[program, ...args].map(quoted).join(' ')}`;
  const child = spawn('script', ['-qefc', line, '/dev/null'], { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  // Only a terminal knows what is on its screen: what stands there already is not drawn again.
  const screen = new Terminal({ rows, cols, allowProposedApi: true });
  const drawn = () => {
    const lines = Array.from({ length: rows }, (_, row) => screen.buffer.active.getLine(screen.buffer.active.viewportY + row)?.translateToString(true) ?? '');
    return lines.join('\n').trimEnd();
  };
  screen.onData((answer) => child.stdin.write(answer));
  child.stdout.on('data', (chunk) => screen.write(chunk));
  child.stderr.resume();
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  return {
    /** Presses a key until the screen shows what should come of it: one that comes too early is lost. The match. */
    async press(key, wanted) {
      for (let tries = 0; ; tries++) {
        // What is drawn may not listen yet.
        await pause(500);
        child.stdin.write(key);
        try {
          return await this.until(wanted, 20_000);
        } catch (e) {
          if (tries === 3 || child.exitCode !== null) throw e;
        }
      }
    },
    /** Once the screen shows it: the match. */
    async until(wanted, ms = 120_000) {
      for (const limit = Date.now() + ms; ;) {
        const found = drawn().match(wanted);
        if (found) return found;
        if (Date.now() > limit || child.exitCode !== null) throw new Error(`The terminal does not show ${wanted}:\n${drawn()}`);
        await pause(50);
      }
    },
    async stop() {
      child.stdin.end();
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The browser's part, with the cookies of one. */
async function approve(url, code) {
  const jar = new Map();
  const go = async (address, form) => {
    const cookies = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: cookies, ...(form ? { origin: url } : {}) },
      body: form ? new URLSearchParams(form) : undefined,
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (value) jar.set(name, value);
      else jar.delete(name);
    }
    return response;
  };
  const opened = await go(`${url}/device`, { user_code: code });
  const next = (await opened.text()).match(/content="0;url=([^"]*)"/)[1];
  let response = await go(new URL(next, url));
  let at = new URL(next, url);
  while (response.headers.get('location')) {
    at = new URL(response.headers.get('location'), at);
    response = await go(at);
  }
  const page = await response.text();
  assert.match(page, /ada@example\.com/, page);
  const approved = await go(`${url}/device/approve`, { user_code: code });
  assert.match(await approved.text(), /Signed in/);
}

/** An identity provider that takes everybody for Ada. */
async function startCompany() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const codes = new Map();
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  let url;
  const tokenOf = (nonce) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: url, sub: 'ada', aud: clientId, iat: now, exp: now + 600, nonce, email: 'ada@example.com', email_verified: true, name: 'Ada', groups: ['engineering'] };
    const text = `${encode({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${encode(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  const server = createServer(async (request, response) => {
    const at = new URL(request.url, url);
    const json = (value, status = 200) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (at.pathname === '/.well-known/openid-configuration') {
      json({
        issuer: url, authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token`, jwks_uri: `${url}/keys`,
        response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'],
      });
    } else if (at.pathname === '/keys') {
      json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] });
    } else if (at.pathname === '/authorize') {
      const code = randomUUID();
      codes.set(code, { nonce: at.searchParams.get('nonce') ?? undefined, challenge: at.searchParams.get('code_challenge') });
      const back = new URL(at.searchParams.get('redirect_uri'));
      back.searchParams.set('code', code);
      back.searchParams.set('state', at.searchParams.get('state'));
      response.writeHead(302, { location: back.href }).end();
    } else if (at.pathname === '/token') {
      let body = '';
      for await (const chunk of request) body += chunk;
      const form = new URLSearchParams(body);
      const known = codes.get(form.get('code'));
      codes.delete(form.get('code'));
      const proved = known && createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url') === known.challenge;
      if (form.get('grant_type') !== 'refresh_token' && !proved) json({ error: 'invalid_grant' }, 400);
      else json({ access_token: randomUUID(), token_type: 'Bearer', expires_in: 600, refresh_token: randomUUID(), id_token: tokenOf(known?.nonce) });
    } else {
      json({ error: 'not found' }, 404);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${server.address().port}`;
  return { url, close: () => server.close() };
}
