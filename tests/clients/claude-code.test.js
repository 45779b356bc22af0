// The Claude Code command line on both routes: a task whose tool call must leave the right file behind.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { apiKey, startGateway } from './gateway.js';

const here = path.dirname(fileURLToPath(import.meta.url));
// Starts the platform's own binary, which is an optional package: there is none for every platform.
const command = path.join(here, 'node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs');
const installed = existsSync(command) && (await run(['--version'], tmpdir(), process.env).then(() => true, () => false));

describe('Claude Code', { skip: installed ? false : 'the Claude Code command line is not installed', timeout: 240_000 }, () => {
  let gateway;
  before(async () => { gateway = await startGateway(); }, { timeout: 120_000 });
  after(() => gateway?.stop());

  for (const model of ['translated/model', 'native/model']) {
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

function run(args, cwd, env) {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [command, ...args], { cwd, env, timeout: 100_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message}\n${stdout}\n${stderr}`)) : resolve({ stdout, stderr }));
    child.stdin.end();
  });
}
