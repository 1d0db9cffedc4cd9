/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guards of a queue between two error-prone cores, for any simulator to call.
 *
 * A header inserter marks where the producer's frames begin, a queue keeps words and pointers under
 * codes, an alignment manager pads and discards so that pops of frame k get items of frame k.
 *
 * Ownership: every struct, and the words of a queue, are the caller's; nothing is allocated, kept
 * or shared, so two calls on different structs may run at once. Structs hold no pointers and may
 * be copied. Pointer arguments must not be null unless it is said that they may.
 *
 * Time: no call waits. A step that cannot go on returns WOULD_BLOCK and is called again with the
 * same arguments, once a cycle as a rule. Time-outs are an input: the caller counts, from the cycle
 * in which the command was first offered, in a unit of its own.
 *
 * Errors: a call that breaks a rule returns GUARDLANE_INVALID and changes nothing.
 */
#ifndef GUARDLANE_GUARD_H
#define GUARDLANE_GUARD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows whenever a struct, a number below, a saved state or the meaning of a call changes. */
#define GUARDLANE_GUARD_ABI_VERSION 1

/* Value of GUARDLANE_GUARD_ABI_VERSION that the library was built with: compare it at start. */
uint32_t guardlane_guard_abi_version(void);

/*
 * What a call returns: exactly one of the first three bits, and one bit for each thing that
 * happened in this call.
 */
typedef uint32_t guardlane_result;

enum {
    GUARDLANE_DONE = 0x1,        /* the command is complete */
    GUARDLANE_WOULD_BLOCK = 0x2, /* not yet: call again with the same arguments */
    GUARDLANE_INVALID = 0x4,     /* a rule was broken; nothing has changed */

    GUARDLANE_TOOK = 0x10,               /* the unit shown was used up: take it off the queue */
    GUARDLANE_ENTERED = 0x20,            /* the unit filled in belongs on the queue, now */
    GUARDLANE_PADDED = 0x40,             /* the pop was answered with a pad */
    GUARDLANE_DISCARDED_ITEM = 0x80,     /* an item was taken and given to nobody */
    GUARDLANE_DISCARDED_HEADER = 0x100,  /* a past, bad or repeated header was dropped */
    GUARDLANE_SKEWED = 0x200,            /* a header stood half the id space away */
    GUARDLANE_TIMEOUT_TAKEN = 0x400,     /* the time-out decided; nothing else was there */
    GUARDLANE_SKIPPED_FRAME = 0x800,     /* the header could not enter: its whole frame is lost */
    GUARDLANE_DROPPED_TAIL = 0x1000,     /* the item could not enter: nor will the frame's rest */
    GUARDLANE_DROPPED_ITEM = 0x2000,     /* an item of a cut or skipped frame was swallowed */
    GUARDLANE_WORD_CORRECTED = 0x4000,   /* a flip in a header or in a tag was repaired */
    GUARDLANE_WORD_DETECTED = 0x8000,    /* a header is beyond repair */
    GUARDLANE_POINTER_CORRECTED = 0x10000, /* a flip in a shared pointer was repaired */
    GUARDLANE_POINTER_DETECTED = 0x20000   /* a shared pointer is beyond repair; the last good
                                              value is used until its owner writes again */
};

/* Flags that a step takes. Whatever is there in the same call wins over a time-out. */
enum {
    GUARDLANE_TIMEOUT = 0x1, /* this command has waited long enough; held until it is done */
    GUARDLANE_CLOSED = 0x2,  /* the queue is closed, and empty */
    GUARDLANE_ROOM = 0x4     /* the queue has room for a unit */
};

/* Kinds of unit. */
enum { GUARDLANE_ITEM = 0, GUARDLANE_HEADER = 1, GUARDLANE_BAD = 2, GUARDLANE_EOC = 3 };

/* One entry of a queue as a guard sees it. */
typedef struct guardlane_unit {
    uint64_t data; /* means something for an ITEM */
    uint32_t id;   /* means something for a HEADER */
    uint32_t kind;
} guardlane_unit;

/* What a pop gets. */
typedef struct guardlane_answer {
    uint64_t data;
    uint32_t is_pad; /* 1 or 0; for statistics, not for the guest */
    uint32_t reserved;
} guardlane_answer;

/*
 * 1 if a run of so many frames is safe with ids of `id_width` bits, whatever the consumer does;
 * 0 from 2^(id_width - 1) frames on, when a past frame may pass for a future one.
 */
uint32_t guardlane_is_safe_run(uint64_t frames, uint32_t id_width);

/* ---- The alignment manager, one per in-queue ---- */

enum {
    GUARDLANE_RCV_CMP = 0, /* aligned: items of the active frame follow */
    GUARDLANE_EXP_HDR = 1, /* the frame has begun, its header has not been seen */
    GUARDLANE_DISC = 2,    /* dropping what the last frame left over */
    GUARDLANE_DISC_FR = 3, /* dropping a stale frame */
    GUARDLANE_PDG = 4      /* a later frame, the end or a time-out: pads, the queue is left alone */
};

/* What a padding manager waits for. */
enum { GUARDLANE_LATCH_NOTHING = 0, GUARDLANE_LATCH_HEADER = 1, GUARDLANE_LATCH_EOC = 2 };

/* Where a guard stands between the commands of its core. */
enum {
    GUARDLANE_UNSTARTED = 0, /* before the first frame */
    GUARDLANE_IDLE = 1,
    GUARDLANE_IN_POP = 2,
    GUARDLANE_IN_PUSH = 3,
    GUARDLANE_IN_NEW_FRAME = 4,
    GUARDLANE_IN_END = 5,
    GUARDLANE_ENDED = 6
};

typedef struct guardlane_alignment {
    uint64_t pad_data; /* what a pad carries */
    uint64_t pads;     /* counts since the start */
    uint64_t discarded_items;
    uint64_t discarded_headers;
    uint32_t id_mask; /* 2^id_width - 1 */
    uint32_t active_frame;
    uint32_t state; /* of any other value than above: as DISC_FR */
    uint32_t latch;
    uint32_t latched;  /* id of the header that a padding manager holds */
    uint32_t skew_err; /* 1 once a header stood half the id space away */
    uint32_t phase;
    uint32_t reserved;
} guardlane_alignment;

/* Reset. `id_width` is 1 to 32 bits, else INVALID. */
guardlane_result guardlane_alignment_init(guardlane_alignment *am, uint32_t id_width,
                                          uint64_t pad_data);

/* Enter a frame; `active_frame` is the core's counter, stepped already. INVALID within a pop. */
guardlane_result guardlane_alignment_new_frame(guardlane_alignment *am, uint32_t active_frame);

/*
 * One look on behalf of a pop, which this call opens unless one is open. `unit` is the head of the
 * queue, null if nothing is there; `flags` are CLOSED and TIMEOUT. DONE fills `answer`. After
 * WOULD_BLOCK with TOOK, show the next unit. While the state is PDG the queue is not looked at.
 * INVALID before the first frame and after the end.
 */
guardlane_result guardlane_alignment_pop(guardlane_alignment *am, const guardlane_unit *unit,
                                         uint32_t flags, guardlane_answer *answer);

/* End: no more pops. From now on the caller drops all that comes. INVALID within a pop. */
guardlane_result guardlane_alignment_end(guardlane_alignment *am);

/* ---- The header inserter, one per out-queue ---- */

typedef struct guardlane_inserter {
    uint64_t skipped_frames; /* counts since the start */
    uint64_t dropped_tails;
    uint64_t dropped_items; /* those whose push timed out, and those swallowed after them */
    uint32_t id_mask;
    uint32_t delay_frames; /* how far headers run ahead of the counter, on a feedback edge */
    uint32_t is_dropping;  /* 1 while the rest of the frame is swallowed */
    uint32_t phase;
} guardlane_inserter;

/* Reset. `id_width` is 1 to 32 bits, `delay_frames` below 2^(id_width - 1), else INVALID. */
guardlane_result guardlane_inserter_init(guardlane_inserter *hi, uint32_t id_width,
                                         uint32_t delay_frames);

/*
 * One step of a command. `flags` are ROOM and TIMEOUT. Fills `unit` and returns ENTERED when the
 * caller has to put it on the queue; DONE without ENTERED when the unit is given up. INVALID within
 * another command, after the end, and for a push before the first frame.
 */
guardlane_result guardlane_inserter_new_frame(guardlane_inserter *hi, uint32_t active_frame,
                                              uint32_t flags, guardlane_unit *unit);
guardlane_result guardlane_inserter_push(guardlane_inserter *hi, uint64_t data, uint32_t flags,
                                         guardlane_unit *unit);
/* Close the queue when this is DONE, even if the end word could not enter. */
guardlane_result guardlane_inserter_end(guardlane_inserter *hi, uint32_t flags,
                                        guardlane_unit *unit);

/* ---- The code of headers and shared pointers ---- */

/* Single-error correction, double-error detection; check bits stand inverted above the data. */
typedef struct guardlane_code {
    uint64_t rows[7]; /* data bits under each check bit */
    uint32_t data_width;
    uint32_t check_bits;
} guardlane_code;

/* Work out the code of `data_width` bits, 1 to 57 (with its check bits 64), else INVALID. */
guardlane_result guardlane_code_init(guardlane_code *code, uint32_t data_width);

/* Value of the codeword of `data`; bits beyond the data width are left out. */
uint64_t guardlane_code_encode(const guardlane_code *code, uint64_t data);

/*
 * Read a codeword back into `data`. DONE alone, with WORD_CORRECTED, or with WORD_DETECTED: the
 * data is then what is stored, and not to be used.
 */
guardlane_result guardlane_code_decode(const guardlane_code *code, uint64_t word, uint64_t *data);

/* ---- The queue ---- */

/* A stored word: the payload, and three equal tag bits (0 for an item) read by majority. */
typedef struct guardlane_word {
    uint64_t payload;
    uint32_t tag;
    uint32_t reserved;
} guardlane_word;

/*
 * Two ends that share two pointers, each a codeword, and a closed flag. What one end writes the
 * other sees after guardlane_queue_clock, so the order of calls between two clocks does not matter.
 * Pointers count words modulo 2 * depth.
 */
typedef struct guardlane_queue {
    uint64_t data_mask;
    guardlane_code header_code;  /* of the id, and the end flag above it */
    guardlane_code pointer_code;
    uint64_t write_word; /* the shared pointers, as stored */
    uint64_t read_word;
    uint64_t write_clean; /* the codewords of published and released, their owners' copies */
    uint64_t read_clean;
    uint32_t depth; /* words */
    uint32_t working_set;
    uint32_t id_mask;
    uint32_t written; /* the producer's own: where it writes next, what it has published, */
    uint32_t published;
    uint32_t in_write_set; /* words since the last set boundary, */
    uint32_t seen_read;    /* and the last good value of the other end's pointer */
    uint32_t wants_publish;
    uint32_t read; /* the consumer's own, likewise */
    uint32_t released;
    uint32_t in_read_set;
    uint32_t seen_write;
    uint32_t wants_release;
    uint32_t is_closing;  /* set by the producer, */
    uint32_t is_closed;   /* seen by the consumer */
    uint32_t is_draining; /* the consumer has ended: one word is dropped a clock */
} guardlane_queue;

/*
 * Reset. `depth` is 1 to 2^24 words, `working_set` 1 to depth, `data_width` 1 to 64 bits,
 * `id_width` 1 to 32 bits, else INVALID. All calls on one queue take the same `words`, an array of
 * `depth` words of the caller's.
 */
guardlane_result guardlane_queue_init(guardlane_queue *q, guardlane_word *words, uint32_t depth,
                                      uint32_t working_set, uint32_t data_width, uint32_t id_width);

/*
 * Fill the queue of a feedback edge with its delay, `delay_frames` whole frames of `frame_items`
 * items under headers `first_id` (the first active_frame), first_id + 1, and so on, seen at once.
 * INVALID unless the queue is as after init and has room for all of it.
 */
guardlane_result guardlane_queue_preload(guardlane_queue *q, guardlane_word *words,
                                         const uint64_t *items, uint32_t delay_frames,
                                         uint32_t frame_items, uint32_t first_id);

/* The producer's end. DONE if there is room for a unit. */
guardlane_result guardlane_queue_has_room(guardlane_queue *q);
/* Store a unit. INVALID for a BAD one and after close. */
guardlane_result guardlane_queue_push(guardlane_queue *q, guardlane_word *words,
                                      const guardlane_unit *unit);
/* Show a partial set at the next clock: call when the producer's core stalls, on any queue. */
void guardlane_queue_publish(guardlane_queue *q);
/* End: show what is left, and the closed flag with it, at the next clock. */
void guardlane_queue_close(guardlane_queue *q);
/* Value of the words in the queue as the producer sees them. */
uint32_t guardlane_queue_occupancy(guardlane_queue *q);

/* The consumer's end. DONE and the head in `unit`, or WOULD_BLOCK; once drained always that. */
guardlane_result guardlane_queue_front(guardlane_queue *q, const guardlane_word *words,
                                       guardlane_unit *unit);
/* Take the head off. INVALID if there is none. */
guardlane_result guardlane_queue_take(guardlane_queue *q);
/* Return a partial set at the next clock: call when the consumer's core stalls, on any queue. */
void guardlane_queue_release(guardlane_queue *q);
/* End: from now on every word is dropped, one a clock. */
void guardlane_queue_drain(guardlane_queue *q);
/* 1 if the queue is closed and known to be read empty, else 0. */
uint32_t guardlane_queue_is_closed(guardlane_queue *q);

/* The clock edge: each owner writes its pointer, over whatever a flip has made of it. */
guardlane_result guardlane_queue_clock(guardlane_queue *q);

/* ---- A core's commands on a queue of this library: guard and queue in one step ---- */

/* `flags` is TIMEOUT or 0. The commands of the inserter, onto the queue. */
guardlane_result guardlane_push_header(guardlane_inserter *hi, guardlane_queue *q,
                                       guardlane_word *words, uint32_t active_frame,
                                       uint32_t flags);
guardlane_result guardlane_push(guardlane_inserter *hi, guardlane_queue *q, guardlane_word *words,
                                uint64_t data, uint32_t flags);
/* Closes the queue as well. */
guardlane_result guardlane_push_end(guardlane_inserter *hi, guardlane_queue *q,
                                    guardlane_word *words, uint32_t flags);
/* One look of a pop, at one unit of the queue. WOULD_BLOCK without TOOK: the core is stalled. */
guardlane_result guardlane_pop(guardlane_alignment *am, guardlane_queue *q,
                               const guardlane_word *words, uint32_t flags,
                               guardlane_answer *answer);
/* End on an in-queue, which drops from now on. INVALID within a pop. */
guardlane_result guardlane_pop_end(guardlane_alignment *am, guardlane_queue *q);

/* ---- States as bytes: little-endian on every machine, the ABI version first ---- */

enum {
    GUARDLANE_ALIGNMENT_BYTES = 68,
    GUARDLANE_INSERTER_BYTES = 48,
    GUARDLANE_QUEUE_BYTES = 112, /* and GUARDLANE_WORD_BYTES for each word of its depth */
    GUARDLANE_WORD_BYTES = 12
};

/* Write a state; the caller's `bytes` have room for the sizes above. */
void guardlane_alignment_save(const guardlane_alignment *am, uint8_t *bytes);
void guardlane_inserter_save(const guardlane_inserter *hi, uint8_t *bytes);
void guardlane_queue_save(const guardlane_queue *q, const guardlane_word *words, uint8_t *bytes);

/*
 * Read a state back from `size` bytes. INVALID for another version, another kind of state, a wrong
 * size, settings that init would refuse, or pointers out of range.
 */
guardlane_result guardlane_alignment_restore(guardlane_alignment *am, const uint8_t *bytes,
                                             size_t size);
guardlane_result guardlane_inserter_restore(guardlane_inserter *hi, const uint8_t *bytes,
                                            size_t size);
/* `words` has room for `most_words`; a deeper queue is INVALID. */
guardlane_result guardlane_queue_restore(guardlane_queue *q, guardlane_word *words,
                                         uint32_t most_words, const uint8_t *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
