// A provider of Anthropic's format that judges: as the model that the gateway asks, and, under /verdicts, as one that gives verdicts by itself.
import { createServer } from 'node:http';

/** What is flagged, and why. */
export const forbidden = 'forbidden';
export const why = 'That file is not to be made.';

/** The address, the requests that came, and `stop()`. */
export async function startJudge() {
  const requests = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const own = request.url.startsWith('/verdicts');
    const body = JSON.parse(text);
    requests.push({ own, body });
    const message = own ? answerOf(body) : verdictsOn(body);
    if (!body.stream) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(message));
      return;
    }
    response.setHeader('content-type', 'text/event-stream');
    for (const event of eventsOf(message)) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    response.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, requests, stop: () => server.close() };
}

function verdictsOn({ model, messages }) {
  const { pending } = JSON.parse(messages[0].content);
  const verdicts = pending.map(({ id, input }) => {
    const flagged = JSON.stringify(input).includes(forbidden);
    return { id, flagged, explanation: flagged ? why : '' };
  });
  return messageOf(model, [{ type: 'tool_use', id: 'toolu_judge', name: 'report_verdicts', input: { verdicts } }]);
}

// Calls Bash as the user says, until it has a result.
function answerOf({ model, messages, tools, safeguards }) {
  const blocks = messages.flatMap((m) => (Array.isArray(m.content) ? m.content : [{ type: 'text', text: m.content }]));
  const ask = blocks.map((b) => b.text?.match(/use tool Bash with (\{.*\})/)?.[1]).find(Boolean);
  const ran = blocks.some((b) => b.type === 'tool_result');
  if (!ask || ran || !tools?.some((t) => t.name === 'Bash')) return messageOf(model, [{ type: 'text', text: 'Done.' }], safeguards && {});
  const verdict = ask.includes(forbidden) ? { type: 'evaluated', outcome: 'flagged', explanation: why } : { type: 'evaluated', outcome: 'not_flagged' };
  const call = { type: 'tool_use', id: 'toolu_own', name: 'Bash', input: JSON.parse(ask), caller: { type: 'direct' } };
  return messageOf(model, [call], safeguards && { toolu_own: verdict });
}

function messageOf(model, content, verdicts) {
  const message = {
    id: 'msg_judge', type: 'message', role: 'assistant', model, content, stop_reason: content[0].type === 'text' ? 'end_turn' : 'tool_use', stop_sequence: null,
    usage: { input_tokens: 100, output_tokens: 10 },
  };
  if (verdicts) message.safeguard_results = [{ type: 'dangerous_tool_use', status: { type: 'available', tool_uses: verdicts } }];
  return message;
}

function* eventsOf({ content: [block], stop_reason, safeguard_results, ...message }) {
  yield { type: 'message_start', message: { ...message, content: [], stop_reason: null } };
  const text = block.type === 'text';
  yield { type: 'content_block_start', index: 0, content_block: text ? { ...block, text: '' } : { ...block, input: {} } };
  const delta = text ? { type: 'text_delta', text: block.text } : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
  yield { type: 'content_block_delta', index: 0, delta };
  yield { type: 'content_block_stop', index: 0 };
  yield { type: 'message_delta', delta: { stop_reason, stop_sequence: null, safeguard_results }, usage: { output_tokens: 10 } };
  yield { type: 'message_stop' };
}
