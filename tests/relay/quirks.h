/* How a response deviates from OpenAI's. All zeros: not at all. */
#ifndef RELAY_QUIRKS_H
#define RELAY_QUIRKS_H

#include <stdbool.h>

/* The content of a completion's tokens. */
enum token_kind {
  TOKEN_CONTENT,
  TOKEN_REASONING, /* the first half is reasoning, the rest content */
  TOKEN_TOOL_CALL,
  /* Plain responses honor these too: */
  TOKEN_HIDDEN,       /* all hidden reasoning: no text, finish_reason length */
  TOKEN_ABSENT,       /* no tokens at all, yet finish_reason is stop */
  TOKEN_BLANK,        /* each token is a newline */
  TOKEN_CONTENT_PART, /* content is a list of parts */
};

/* Which chunk of a stream contains the usage. */
enum usage_position {
  USAGE_SEPARATE,   /* a separate last chunk */
  USAGE_AT_FINISH,  /* the chunk with the finish_reason */
  USAGE_CONTINUOUS, /* every chunk, so far, and a separate last one */
};

/* How much of a stream is sent. */
enum stream_extent {
  STREAM_COMPLETE,
  STREAM_TO_FINISH, /* all but [DONE] */
  STREAM_TO_MIDDLE, /* half of the tokens */
  STREAM_TO_ROLE,   /* the first chunk, which has no token */
  STREAM_NOTHING,
};

/* What happens after that. */
enum stream_end {
  STREAM_ENDS,   /* the body ends properly */
  STREAM_ABORTS, /* the connection is closed within the body */
  STREAM_HANGS,
  STREAM_REPEATS, /* the last chunk is repeated until the client leaves */
};

enum stream_mode { STREAM_ON_REQUEST, STREAM_NEVER, STREAM_ALWAYS };

struct stream_quirks {
  enum stream_mode mode;
  const char *prefix;       /* bytes before the first event, or NULL */
  const char *event_prefix; /* lines before each event's data, or NULL */
  const char *line_end;     /* NULL for LF */
  bool no_space;            /* no space after "data:" */
  bool multi_line_data;     /* splits an event's data over several data lines */
  bool bytes;               /* sends each byte in an HTTP chunk of its own */
  bool close_delimited;     /* not chunked: the body ends with the connection */
  enum token_kind tokens;
  enum usage_position usage;
  bool doubles_prompt; /* the usage has twice as many prompt tokens */
  enum stream_extent extent;
  const char *inserted; /* inserted in the middle, or at an early end */
  enum stream_end end;
};

struct quirks {
  /* The list of models. */
  unsigned extra_models;
  bool omits_first_model;

  /* Chat completions. */
  const char *model; /* JSON instead of the requested name, "" to omit it */
  const char *model_suffix;
  const char *id_prefix;     /* instead of the API's own, or NULL */
  const char *usage;         /* JSON instead of the usage, "" to omit it */
  bool canned;               /* the usual text, whatever the prompt asks for */
  const char *finish_reason; /* instead of the normal one, or NULL */
  bool rejects_max_tokens;
  unsigned min_tokens; /* rejects a lower token limit */
  struct stream_quirks stream;
};

#endif
