/* Answers of OpenAI's /responses. */
#ifndef HOLYSHEEP_UNIT_RESPONSES_FIXTURE_H
#define HOLYSHEEP_UNIT_RESPONSES_FIXTURE_H

#define MESSAGE(parts)                                                         \
  "{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"completed\","           \
  "\"role\":\"assistant\",\"content\":[" parts "]}"
#define OUTPUT_TEXT(text)                                                      \
  "{\"type\":\"output_text\",\"text\":\"" text                                 \
  "\",\"annotations\":[],\"logprobs\":[]}"
#define PONG MESSAGE(OUTPUT_TEXT("Pong"))
#define REASONING "{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[]}"
#define COMPLETED "\"status\":\"completed\",\"incomplete_details\":null"
#define INCOMPLETE(reason)                                                     \
  "\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"" reason "\"}"
#define USAGE(in, cached, out, reasoning)                                      \
  "{\"input_tokens\":" #in                                                     \
  ",\"input_tokens_details\":{\"cached_tokens\":" #cached                      \
  "},\"output_tokens\":" #out                                                  \
  ",\"output_tokens_details\":{\"reasoning_tokens\":" #reasoning               \
  "},\"total_tokens\":99}"
#define RESPONSE(name, status, output, usage)                                  \
  "{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,"               \
  "\"background\":false,\"error\":null," status ",\"instructions\":null,"      \
  "\"max_output_tokens\":16,\"model\":\"" name "\",\"output\":[" output        \
  "],\"reasoning\":{\"effort\":null,\"summary\":null},\"store\":false,"        \
  "\"text\":{\"format\":{\"type\":\"text\"}},\"tools\":[],\"usage\":" usage    \
  ",\"user\":null,\"metadata\":{}}"
#define PLAIN(status, output) RESPONSE("gpt-5-mini", status, output, "null")
#define FAILED(code, message)                                                  \
  "\"status\":\"failed\",\"error\":{\"code\":\"" code                          \
  "\",\"message\":\"" message "\"}"

#endif
