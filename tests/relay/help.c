#include "help.h"

#include "faults.h"

static const char *const usage =
    "holysheep-relay - a stand-in for an OpenAI-compatible LLM relay\n"
    "\n"
    "  holysheep-relay [OPTION]...\n"
    "\n"
    "Answers on loopback ports as a relay does, without a model behind it, "
    "and\n"
    "goes wrong on request, while it runs, in every way that a relay can. "
    "Runs\n"
    "until SIGTERM or Ctrl-C.\n"
    "\n"
    "Options\n"
    "  --port N          http port; 0, the default of all ports, is a free "
    "one\n"
    "  --tls-port N      https port\n"
    "  --control-port N  port for the commands below, plain http\n"
    "  --key KEY         a key that is good; may repeat. Without it, every "
    "key\n"
    "                    that begins with sk-test is; others get a 401\n"
    "  --balance USD     what is on the account, 12.34 by default\n"
    "  --price USD       what a million tokens cost, 1 by default\n"
    "  --model ID        a model; may repeat. Default: gpt-4o-mini, gpt-4o,\n"
    "                    claude-3-5-sonnet, deepseek-chat\n"
    "  --delay MS        wait before each answer, 0 by default\n"
    "  --first-token MS  in a stream, wait from the answer's beginning to its\n"
    "                    first token, 0 by default\n"
    "  --token MS        and from each token to the next, 0 by default\n"
    "  --journal FILE    append what arrived to a file as well (with the keys\n"
    "                    that came); each request when it is over\n"
    "  --dir DIR         an existing folder for the certificates; without it\n"
    "                    one in $TMPDIR or /tmp, removed at the end\n"
    "  --exit-with-parent  end when the program that started this one ends\n"
    "  --help            this text\n"
    "\n";

static const char *const endpoints_help =
    "When it is ready it prints four lines:\n"
    "  http http://127.0.0.1:PORT/v1\n"
    "  https https://localhost:PORT/v1\n"
    "  control http://127.0.0.1:PORT\n"
    "  ca DIR/ca.pem\n"
    "The https certificate is good for localhost, 127.0.0.1 and [::1], signed\n"
    "by the authority in ca.pem. All ports are on 127.0.0.1 and [::1] only.\n"
    "Beside ca.pem, and without their keys: localhost.pem, expired.pem,\n"
    "misnamed.pem, unknown-issuer.pem, unknown-ca.pem.\n"
    "\n"
    "What it serves, below any prefix\n"
    "  GET  /v1/models\n"
    "  POST /v1/chat/completions\n"
    "  GET  /v1/billing                                 HolySheep\n"
    "  GET  /dashboard/billing/subscription and /usage  one-api, new-api\n"
    "  GET  /api/usage/token/                           new-api\n"
    "  GET  /v1/credits and /v1/key                     OpenRouter\n"
    "  GET  /user/balance                               DeepSeek\n"
    "  GET  /v1/usage                                   sub2api\n"
    "  GET  /v1/user/info                               SiliconFlow\n"
    "  GET  /v1/users/me/balance                        Moonshot\n"
    "A completion has ten tokens, or max_tokens. The prompt has three, four\n"
    "for each message, and one for each four bytes of text begun: a single\n"
    "\"ping\" has 8. The balance falls by what they cost; at 0, completions "
    "are\n"
    "answered with insufficient_quota. max_completion_tokens is as good as\n"
    "max_tokens. With \"stream\" it comes as server-sent events, as OpenAI "
    "has\n"
    "them: the role, each token in a chunk of its own, the finish_reason, the\n"
    "usage if stream_options ask for it, [DONE].\n"
    "\n";

static const char *const control =
    "Commands, on the control port\n"
    "  PUT /fault?name=NAME[&endpoint=E][&key=K][&path=P][&ms=N]\n"
    "      Switches a fault on, for requests to endpoint E (models, billing "
    "or\n"
    "      chat/completions) with key K and a path that ends in P; without\n"
    "      them for all. One fault stands for each such scope, the newest.\n"
    "      Where several would hold, those with a key come before others,\n"
    "      among these those with a path, then those with an endpoint.\n"
    "      ms is the wait before the answer, in place of --delay,\n"
    "      unless the list below says otherwise.\n"
    "  DELETE /fault[?endpoint=E][&key=K][&path=P]\n"
    "      Switches the fault of that scope off; without arguments all.\n"
    "      What hangs already goes on hanging, until its client leaves.\n"
    "  GET /faults               the list below\n"
    "  PUT /header?name=NAME&value=TEXT[&endpoint=E][&key=K][&path=P]\n"
    "      Adds a header to the answers to such requests, in place of another "
    "of\n"
    "      that name: the due ones and those of faults, except for the faults\n"
    "      byte by byte that bring their own.\n"
    "  DELETE /header            adds no headers any longer\n"
    "  PUT /balance?[usd=N][&used=N]  sets what is left and what was used\n"
    "  PUT /expires?at=N         when the key expires, in seconds since the\n"
    "                            epoch; 0, as at first, and -1 are never\n"
    "  PUT /unlimited            the key has no limit: it pays, and never "
    "runs\n"
    "                            out\n"
    "  DELETE /unlimited         it has one, as at first\n"
    "  PUT /delay?ms=N           sets --delay\n"
    "  PUT /pace?[first=MS][&token=MS]  sets --first-token and --token\n"
    "  GET /journal[?from=N]     what arrived, from request number N on\n"
    "  DELETE /journal           forgets it; the numbers go on\n"
    "  GET /connections          accepted and open connections of http and\n"
    "                            https: {\"accepted\":3,\"open\":1}\n"
    "A mistake is answered with 400 and a line that says what was expected.\n"
    "\n";

static const char *const journal =
    "The journal has one JSON object a line for each request, the last 100000\n"
    "  n               its number, also in x-request-id\n"
    "  t, mono         when all of it was here: seconds since the epoch, and "
    "of\n"
    "                  CLOCK_MONOTONIC\n"
    "  method, path, endpoint, key, body (4 KiB at most), headers\n"
    "  status          what was answered; 0 for nothing, or no status line\n"
    "  fault           the fault that it met, or null\n"
    "  server_seconds  from t to the first byte of the answer, or null\n"
    "  tokens          chunks with a token in them that left in a stream\n"
    "  first_token_seconds, last_token_seconds\n"
    "                  from t to the end of the first and the last of these,\n"
    "                  or null\n"
    "  largest_gap_seconds  the longest wait from one to the next, or null\n"
    "Requests that followed the redirect fault have the endpoint \"stolen\".\n"
    "\n";

static const char *const faults_heading =
    "Faults\n"
    "\"The due answer\" is the one that would be given without the fault. "
    "What\n"
    "sends without end does so until the client leaves. In parentheses: ms,\n"
    "unless it is given. Those of the balance are met by billing alone. Those\n"
    "of connections need no request; connections that are kept from before\n"
    "are closed at their next one.\n";

static const char *const example =
    "\nExample\n"
    "  $ holysheep-relay --port 8080 --control-port 8081 &\n"
    "  $ curl -H 'Authorization: Bearer sk-test' "
    "http://127.0.0.1:8080/v1/models\n"
    "  $ curl -X PUT 'http://127.0.0.1:8081/fault?name=slow&ms=5000'\n"
    "  $ curl -X PUT "
    "'http://127.0.0.1:8081/fault?name=html&endpoint=billing'\n"
    "  $ curl http://127.0.0.1:8081/journal\n"
    "  $ curl -X DELETE http://127.0.0.1:8081/fault\n";

static void print_fault(FILE *out, const struct fault *fault) {
  fprintf(out, "    %-21s %s", fault->name, fault->description);
  if (fault->ms > 0)
    fprintf(out, " (%u)", fault->ms);
  fputc('\n', out);
}

void help_print(FILE *out) {
  fprintf(out, "%s%s%s%s%s", usage, endpoints_help, control, journal,
          faults_heading);
  for (const struct fault_table *table = fault_tables; table->title != NULL;
       table++) {
    fprintf(out, "  %s\n", table->title);
    for (const struct fault *fault = table->faults; fault->name != NULL;
         fault++)
      print_fault(out, fault);
  }
  fputs(example, out);
}
