// The Claude Code command line on both routes: a task whose tool call must leave the right file behind.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { apiKey, doors, startGateway } from './gateway.js';
import { forbidden, startJudge, why } from './judge.js';

// A picture of one point.
const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const here = path.dirname(fileURLToPath(import.meta.url));
// Starts the platform's own binary, which is an optional package: there is none for every platform.
const command = path.join(here, 'node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs');
const installed = existsSync(command) && (await run(['--version'], tmpdir(), process.env).then(() => true, () => false));

describe('Claude Code', { skip: installed ? false : 'the Claude Code command line is not installed', timeout: 240_000 }, () => {
  let gateway;
  let searches;
  let judge;
  const queries = [];
  before(async () => {
    searches = await startSearches(queries);
    judge = await startJudge();
    gateway = await startGateway({
      search: { service: 'searxng', baseUrl: `http://127.0.0.1:${searches.address().port}` },
      safeguardsModel: 'judge/model',
      providers: { judge: { dialect: 'anthropic', baseUrl: judge.url }, verdicts: { dialect: 'anthropic', baseUrl: `${judge.url}/verdicts` } },
      models: [
        { id: 'judge/model', routes: [{ provider: 'judge', model: 'small' }] },
        { id: 'native/verdicts', routes: [{ provider: 'verdicts', model: 'claude-fake' }] },
      ],
    });
  }, { timeout: 120_000 });
  after(async () => {
    await gateway?.stop();
    searches?.close();
    judge?.stop();
  });

  for (const model of ['translated/model', 'native/model', ...Object.keys(doors).map((door) => `door/${door}`)]) {
    it(`writes the file it was asked for over ${model}`, async () => {
      const home = mkdtempSync(path.join(tmpdir(), 'gateway-claude-'));
      try {
        const file = path.join(home, 'greeting.txt');
        const content = 'Grüße from the "gateway"\nsecond line\n';
        const { stdout } = await run(
          ['-p', `use tool Write with ${JSON.stringify({ file_path: file, content })}`, '--model', model, '--allowedTools', 'Write', '--output-format', 'json', '--max-turns', '4'],
          home,
          environmentOf(home),
        );
        assert.equal(readFileSync(file, 'utf8'), content);
        const result = JSON.parse(stdout);
        assert.equal(result.is_error, false, stdout);
        assert.match(result.result, /^You said: /);
        assert.equal(result.num_turns, 2);
      } finally {
        rmSync(home, { recursive: true, force: true });
      }
    });
  }

  for (const model of ['translated/model', 'native/model']) {
    it(`has a sub-agent do its work over ${model}, and events say which requests were its`, async () => {
      const home = mkdtempSync(path.join(tmpdir(), 'gateway-claude-'));
      try {
        const { id, key } = await gateway.admin('POST', '/admin/v1/keys', {});
        const file = path.join(home, 'by-a-sub-agent.txt');
        const task = { description: 'write a file', subagent_type: 'general-purpose', prompt: `use tool Write with ${JSON.stringify({ file_path: file, content: 'done' })}` };
        const { stdout } = await run(
          ['-p', `use tool Agent with ${JSON.stringify(task)}`, '--model', model, '--allowedTools', 'Agent,Write', '--output-format', 'json', '--max-turns', '4'],
          home,
          { ...environmentOf(home), ANTHROPIC_API_KEY: key },
        );
        const result = JSON.parse(stdout);
        assert.equal(result.is_error, false, stdout);
        assert.equal(result.subagent_stats.completed, 1, stdout);
        assert.equal(readFileSync(file, 'utf8'), 'done');
        const tags = (await eventsOf(id, (events) => events.length >= 4)).map((e) => e.metadata);
        assert.equal(new Set(tags.map((t) => t.claude_code_session)).size, 1);
        const agents = tags.map((t) => t.claude_code_agent);
        assert.equal(agents.filter(Boolean).length, 2, JSON.stringify(tags));
        assert.equal(new Set(agents.filter(Boolean)).size, 1);
        assert.ok(agents.includes(undefined));
      } finally {
        rmSync(home, { recursive: true, force: true });
      }
    });

    it(`compacts a session and goes on with it over ${model}`, async () => {
      const home = mkdtempSync(path.join(tmpdir(), 'gateway-claude-'));
      try {
        const turn = async (text, ...more) => {
          const { stdout } = await run(['-p', text, '--model', model, '--output-format', 'json', ...more], home, environmentOf(home));
          const result = JSON.parse(stdout);
          assert.equal(result.is_error, false, stdout);
          return result;
        };
        const { session_id } = await turn('Hello');
        const compacted = await turn('/compact', '--resume', session_id);
        assert.equal(compacted.local_command, 'compact');
        assert.ok(compacted.modelUsage[model].outputTokens > 0, JSON.stringify(compacted));
        const after = await turn('Still there?', '--resume', session_id);
        assert.equal(after.session_id, session_id);
        assert.match(after.result, /^You said: /);
      } finally {
        rmSync(home, { recursive: true, force: true });
      }
    });
  }

  // Of the three the last gives verdicts by itself, as Anthropic does; for the others the gateway asks a judge.
  for (const model of ['translated/model', 'native/model', 'native/verdicts']) {
    for (const allowed of [true, false]) {
      it(`${allowed ? 'runs' : 'does not run'} a call in auto mode that was ${allowed ? 'not ' : ''}flagged over ${model}`, async () => {
        const home = mkdtempSync(path.join(tmpdir(), 'gateway-claude-'));
        try {
          const file = path.join(home, allowed ? 'made.txt' : `${forbidden}.txt`);
          const asked = judge.requests.length;
          const { stdout } = await run(
            ['-p', `use tool Bash with ${JSON.stringify({ command: `printf made > ${file}` })}`, '--model', model, '--permission-mode', 'auto', '--output-format', 'stream-json', '--verbose', '--max-turns', '4'],
            home,
            environmentOf(home),
          );
          assert.equal(existsSync(file), allowed, stdout);
          const results = stdout.trim().split('\n').map((line) => JSON.parse(line)).filter((e) => e.type === 'user')
            .flatMap((e) => e.message.content).filter((b) => b.type === 'tool_result');
          assert.equal(results.length, 1, stdout);
          assert.equal(results[0].is_error === true, !allowed, stdout);
          if (!allowed) assert.ok(JSON.stringify(results[0].content).includes(why), stdout);
          const checks = judge.requests.slice(asked).filter((r) => !r.own);
          assert.equal(checks.length, model === 'native/verdicts' ? 0 : 1);
          assert.ok(!JSON.stringify(checks).includes('classifier_facts'));
        } finally {
          rmSync(home, { recursive: true, force: true });
        }
      });
    }
  }

  it('searches the web for a model whose provider does not', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'gateway-claude-'));
    try {
      // Claude Code's tool asks in a request of its own, in which the model is offered Anthropic's search: the query says to use it.
      const query = `use tool web_search with ${JSON.stringify({ query: 'gateway of the year' })}`;
      const { stdout } = await run(
        ['-p', `use tool WebSearch with ${JSON.stringify({ query })}`, '--model', 'translated/model', '--allowedTools', 'WebSearch', '--output-format', 'stream-json', '--verbose', '--max-turns', '4'],
        home,
        // It would have the model look its tools up first.
        { ...environmentOf(home), ENABLE_TOOL_SEARCH: 'false' },
      );
      assert.deepEqual(queries, ['gateway of the year']);
      const events = stdout.trim().split('\n').map((line) => JSON.parse(line));
      const results = events.filter((e) => e.type === 'user').flatMap((e) => e.message.content).filter((b) => b.type === 'tool_result');
      assert.equal(results.length, 1, stdout);
      assert.ok(!results[0].is_error, stdout);
      assert.match(JSON.stringify(results[0].content), /https:\/\/example\.com\/first/);
      assert.equal(events.at(-1).is_error, false, stdout);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });

  it('finds the models of the gateway, and takes one that is not of Anthropic by the id it was told', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'gateway-claude-'));
    try {
      const environment = { ...environmentOf(home), CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1', CLAUDE_CODE_MAX_CONTEXT_TOKENS: '123456' };
      const id = 'claude/translated/model';
      const { stdout } = await run(['-p', 'Hello', '--model', id, '--output-format', 'json'], home, environment);
      const result = JSON.parse(stdout);
      assert.equal(result.is_error, false, stdout);
      assert.ok(result.modelUsage[id], stdout);
      // What its picker shows from the next start on.
      const { models } = JSON.parse(readFileSync(path.join(home, '.claude/cache/gateway-models.json'), 'utf8'));
      const found = models.find((m) => m.id === id);
      assert.equal(found.display_name, 'translated/model');
      assert.equal(found.description, 'translated-model · 200k context · 64k output · USD 3 in, 15 out per million tokens');
      const listed = await fetch(`${gateway.url}/v1/models?limit=1000`, { headers: { 'x-api-key': apiKey, 'user-agent': 'claude-code/2.1.332' } });
      assert.deepEqual(models.map((m) => m.id).sort(), (await listed.json()).data.map((m) => m.id).sort());
      // The window of such an id can be set.
      const context = await run(['-p', '/context', '--model', id], home, environment);
      assert.match(context.stdout, /\/ 123\.5k/);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });

  it('goes on without a picture that the model cannot read', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'gateway-claude-'));
    const door = await countingDoor(gateway.url);
    try {
      const file = path.join(home, 'dot.png');
      writeFileSync(file, Buffer.from(dot, 'base64'));
      const { stdout } = await run(
        ['-p', `use tool Read with ${JSON.stringify({ file_path: file })}`, '--model', 'translated/blind', '--allowedTools', 'Read', '--output-format', 'json', '--max-turns', '4'],
        home,
        { ...environmentOf(home), ANTHROPIC_BASE_URL: door.url },
      );
      const result = JSON.parse(stdout);
      assert.equal(result.is_error, false, stdout);
      assert.ok(door.answers.includes(400), `the picture was never sent: ${door.answers}`);
      assert.equal(door.answers.at(-1), 200);
    } finally {
      door.close();
      rmSync(home, { recursive: true, force: true });
    }
  });

  // What a user must not wait minutes for, and must be able to read. After a 400 it tries a few other forms of the request, at once.
  const refusals = {
    'a spent budget': {
      settings: { budget: { amount: 0.0001, period: 'month' } },
      status: 429,
      text: /The monthly budget of this API key \(0\.0001 USD\) cannot cover this request.*It resets at 20.*choose a cheaper model with \/model/s,
    },
    'a revoked key': { settings: {}, revoked: true, status: 401, text: /The API key has been revoked/ },
    'a model that the key may not use': {
      settings: { models: ['native/model'] },
      status: 400,
      once: false,
      text: /this API key may not use translated\/model\. GET \/v1\/models/,
    },
  };
  for (const [what, { settings, revoked, status, once = true, text }] of Object.entries(refusals)) {
    it(`tells its user of ${what}`, async () => {
      const { id, key } = await gateway.admin('POST', '/admin/v1/keys', settings);
      if (revoked) await gateway.admin('DELETE', `/admin/v1/keys/${id}`);
      const door = await countingDoor(gateway.url);
      const home = mkdtempSync(path.join(tmpdir(), 'gateway-claude-'));
      try {
        const started = Date.now();
        const { output } = await run(
          ['-p', 'hello', '--model', 'translated/model', '--output-format', 'json'],
          home,
          { ...environmentOf(home), ANTHROPIC_BASE_URL: door.url, ANTHROPIC_API_KEY: key },
        ).then(({ stdout }) => ({ output: stdout }), (error) => ({ output: error.stdout }));
        const result = JSON.parse(output);
        assert.equal(result.is_error, true, output);
        assert.match(result.result, text);
        assert.deepEqual(once ? door.answers : [...new Set(door.answers)], [status]);
        assert.ok(Date.now() - started < 60_000, 'it took too long');
      } finally {
        door.close();
        rmSync(home, { recursive: true, force: true });
      }
    });
  }

  /** Events come a moment after the answers. */
  async function eventsOf(key, enough) {
    for (const limit = Date.now() + 30_000; ;) {
      const { data } = await gateway.admin('GET', `/admin/v1/keys/${key}/events?limit=100`);
      if (enough(data) || Date.now() > limit) return data;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  function environmentOf(home) {
    const kept = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(ANTHROPIC|CLAUDE)/.test(key)));
    return {
      ...kept,
      HOME: home,
      CLAUDE_CONFIG_DIR: path.join(home, '.claude'),
      ANTHROPIC_BASE_URL: gateway.url,
      ANTHROPIC_API_KEY: apiKey,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_TELEMETRY: '1',
      DISABLE_ERROR_REPORTING: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_BUG_COMMAND: '1',
    };
  }
});

/** A search service, as SearXNG answers. */
async function startSearches(queries) {
  const server = createServer((request, response) => {
    queries.push(new URL(request.url, 'http://localhost').searchParams.get('q'));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ results: [{ url: 'https://example.com/first', title: 'The first page', content: 'What it says.' }] }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function run(args, cwd, env) {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [command, ...args], { cwd, env, timeout: 100_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) =>
      error ? reject(Object.assign(new Error(`${error.message}\n${stdout}\n${stderr}`), { stdout })) : resolve({ stdout, stderr }));
    child.stdin.end();
  });
}

/** A way to the gateway that remembers how each Messages request was answered. */
function countingDoor(gateway) {
  const answers = [];
  const server = createServer((request, response) => {
    const onward = httpRequest(new URL(request.url, gateway), { method: request.method, headers: { ...request.headers, host: new URL(gateway).host } }, (answer) => {
      if (request.method === 'POST' && request.url.startsWith('/v1/messages')) answers.push(answer.statusCode);
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({
    url: `http://127.0.0.1:${server.address().port}`,
    answers,
    close: () => server.close(),
  })));
}
