/* How an answer that is due differs from what OpenAI would send. All zeros:
 * not at all. */
#ifndef RELAY_QUIRKS_H
#define RELAY_QUIRKS_H

#include <stdbool.h>

/* What the tokens of a stream are. */
enum token_kind {
  TOKEN_CONTENT,
  TOKEN_REASONING, /* the first half of them, then content */
  TOKEN_TOOL_CALL,
  /* These in plain answers too: */
  TOKEN_NONE,    /* thought, and not told */
  TOKEN_MISSING, /* neither thought nor told, and yet it stops well */
  TOKEN_BLANK,   /* each a line end */
  TOKEN_PART,    /* content is a list of parts */
};

/* Which chunk of a stream has the usage. */
enum usage_place {
  USAGE_APART,     /* one of its own, the last */
  USAGE_AT_FINISH, /* the one with the finish_reason */
  USAGE_RUNNING,   /* each, so far, and one of its own */
};

/* How far a stream comes. */
enum stream_extent {
  STREAM_WHOLE,
  STREAM_TO_FINISH, /* all but [DONE] */
  STREAM_TO_MIDDLE, /* half of its tokens */
  STREAM_TO_ROLE,   /* the first chunk, without a token */
  STREAM_NOTHING,
};

/* What comes then. */
enum stream_end {
  STREAM_ENDS,   /* the body, as it should */
  STREAM_BREAKS, /* the connection, in mid-body */
  STREAM_HANGS,
  STREAM_REPEATS, /* the last piece, for as long as the client takes it */
};

enum stream_choice { STREAM_IF_ASKED, STREAM_NEVER, STREAM_ALWAYS };

struct stream_manner {
  enum stream_choice choice;
  const char *opening;  /* bytes before the first event, or NULL */
  const char *lead;     /* lines before each event's data, or NULL */
  const char *line_end; /* NULL for LF */
  bool tight;           /* no space after the colon */
  bool many_lines;      /* an event's data over several lines */
  bool bytes;           /* each byte a chunk of its own */
  bool until_close;     /* no chunks: its end is that of the connection */
  enum token_kind tokens;
  enum usage_place usage;
  enum stream_extent extent;
  const char *inserted; /* lines in the middle, or where it ends early */
  enum stream_end end;
};

struct manner {
  /* The catalogue. */
  unsigned more_models;
  bool first_unlisted;

  /* Completions. */
  const char *model; /* JSON in place of the name asked for, "" for none */
  const char *model_suffix;
  const char *usage;         /* JSON in its place, "" for none */
  const char *finish_reason; /* in place of the due one, or NULL */
  bool refuses_max_tokens;
  unsigned least_tokens; /* fails with a limit below */
  struct stream_manner stream;
};

#endif
