#include "help.h"

#include "faults.h"

static const char *const usage =
    "holysheep-relay - a stand-in for an OpenAI-compatible LLM relay\n"
    "\n"
    "  holysheep-relay [OPTION]...\n"
    "\n"
    "Listens on loopback ports and answers as a relay does, but without a\n"
    "model. On request, it fails in every way that a relay can fail. It runs\n"
    "until SIGTERM or Ctrl-C.\n"
    "\n"
    "Options\n"
    "  --port N          HTTP port; the default of all ports is 0, a free "
    "port\n"
    "  --tls-port N      HTTPS port\n"
    "  --control-port N  port for the commands below, plain HTTP\n"
    "  --key KEY         a valid API key; may be repeated. By default, every\n"
    "                    key that starts with sk-test is valid; others get "
    "401\n"
    "  --balance USD     balance of the account [12.34]\n"
    "  --price USD       price of a million tokens [1]\n"
    "  --model ID        a model; may be repeated [gpt-4o-mini, gpt-4o,\n"
    "                    claude-3-5-sonnet, deepseek-chat]\n"
    "  --delay MS        delay before each answer [0]\n"
    "  --first-token MS  in streams, delay from the start of the answer to "
    "the\n"
    "                    first token [0]\n"
    "  --token MS        in streams, delay between tokens [0]\n"
    "  --journal FILE    also append the journal to this file, including the\n"
    "                    API keys; each request when it is complete\n"
    "  --dir DIR         existing directory for the certificates; by default "
    "a\n"
    "                    temporary one, which is removed at exit\n"
    "  --exit-with-parent  exit when the parent process exits\n"
    "  --help            show this text\n"
    "\n";

static const char *const endpoints_help =
    "When ready, it prints four lines:\n"
    "  http http://127.0.0.1:PORT/v1\n"
    "  https https://localhost:PORT/v1\n"
    "  control http://127.0.0.1:PORT\n"
    "  ca DIR/ca.pem\n"
    "The HTTPS certificate is valid for localhost, 127.0.0.1 and [::1] and is\n"
    "signed by the authority in ca.pem. All ports are on 127.0.0.1 and [::1]\n"
    "only. DIR also contains, without their private keys: localhost.pem,\n"
    "expired.pem, misnamed.pem, unknown-issuer.pem, unknown-ca.pem.\n"
    "\n"
    "Endpoints, below any prefix\n"
    "  GET  /v1/models\n"
    "  POST /v1/chat/completions\n"
    "  POST /v1/messages                                Anthropic\n"
    "  POST /v1/responses                               OpenAI\n"
    "  POST /v1/embeddings\n"
    "  GET  /v1/billing                                 HolySheep\n"
    "  GET  /dashboard/billing/subscription and /usage  one-api, new-api\n"
    "  GET  /api/usage/token/                           new-api\n"
    "  GET  /v1/credits and /v1/key                     OpenRouter\n"
    "  GET  /user/balance                               DeepSeek\n"
    "  GET  /v1/usage                                   sub2api\n"
    "  GET  /v1/user/info                               SiliconFlow\n"
    "  GET  /v1/users/me/balance                        Moonshot\n"
    "A completion has ten tokens, or max_tokens. A prompt counts three "
    "tokens,\n"
    "plus four per message, plus one for every four bytes of text, rounded "
    "up:\n"
    "a single \"ping\" is 8. Their cost is deducted from the balance; at 0,\n"
    "completions are answered with insufficient_quota. max_completion_tokens\n"
    "works like max_tokens, and so does max_output_tokens, from 16 on. With\n"
    "\"stream\", a completion is sent as server-sent events, each API's own.\n"
    "Chat's are: the role, one chunk per token, the finish_reason, the usage "
    "if\n"
    "stream_options request it, and [DONE].\n"
    "\n";

static const char *const control =
    "Commands on the control port\n"
    "  PUT /fault?name=NAME[&endpoint=E][&key=K][&path=P][&ms=N]\n"
    "      Turns on a fault for requests to endpoint E (billing, or what is\n"
    "      below /v1 in the first lines of the list above) with key K and a\n"
    "      path that ends in P; without these, for all requests. Each such\n"
    "      scope has one fault, the latest.\n"
    "      If several scopes match a request, those with a key take "
    "precedence,\n"
    "      then those with a path, then those with an endpoint. ms is the "
    "delay\n"
    "      before the answer, in place of --delay, unless the list below says\n"
    "      otherwise.\n"
    "  DELETE /fault[?endpoint=E][&key=K][&path=P]\n"
    "      Turns off the fault of that scope; without parameters, all faults.\n"
    "      Requests that already hang continue to hang until the client "
    "leaves.\n"
    "  GET /faults               prints the list below\n"
    "  PUT /header?name=NAME&value=TEXT[&endpoint=E][&key=K][&path=P]\n"
    "      Adds a header to the answers to such requests, replacing any other\n"
    "      header of that name. This includes faults, except those listed "
    "under\n"
    "      \"Byte by byte\" that send their own headers.\n"
    "  DELETE /header            stops adding headers\n"
    "  PUT /balance?[usd=N][&used=N]  sets the balance and the amount used\n"
    "  PUT /expires?at=N         sets when the key expires, as Unix time; 0 "
    "(the\n"
    "                            default) and -1 mean never\n"
    "  PUT /unlimited            gives the key no limit: completions are "
    "charged\n"
    "                            but never rejected\n"
    "  DELETE /unlimited         gives the key a limit again (the default)\n"
    "  PUT /delay?ms=N           sets --delay\n"
    "  PUT /pace?[first=MS][&token=MS]  sets --first-token and --token\n"
    "  GET /journal[?from=N]     prints the journal, from request number N on\n"
    "  DELETE /journal           clears the journal; numbering continues\n"
    "  GET /connections          prints the accepted and open HTTP and HTTPS\n"
    "                            connections: {\"accepted\":3,\"open\":1}\n"
    "Invalid commands get a 400 and a line that says what was expected.\n"
    "\n";

static const char *const journal =
    "The journal has one line of JSON for each of the last 100000 requests\n"
    "  n               its number, also sent as x-request-id\n"
    "  t, mono         when the whole request had arrived: as Unix time, and\n"
    "                  on CLOCK_MONOTONIC\n"
    "  method, path, endpoint, key, body (at most 4 KiB), headers\n"
    "  status          the status of the answer; 0 if there was none\n"
    "  fault           the fault that applied, or null\n"
    "  server_seconds  from t to the first byte of the answer, or null\n"
    "  tokens          chunks with a token that were sent in a stream\n"
    "  first_token_seconds, last_token_seconds\n"
    "                  from t to the end of the first and the last of these,\n"
    "                  or null\n"
    "  largest_gap_seconds  the longest time between two of them, or null\n"
    "Requests that followed the redirect fault have the endpoint \"stolen\".\n"
    "\n";

static const char *const faults_heading =
    "Faults\n"
    "\"Normal answer\" means the answer that would be sent without the fault.\n"
    "What is endless lasts until the client leaves. The default of ms is in\n"
    "parentheses. Faults of the balance only affect billing. Faults of\n"
    "connections need no request; connections that were kept open are closed\n"
    "at their next request.\n";

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
