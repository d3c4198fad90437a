/* Marks: named moments, for which the program asks the recorder. */
#ifndef HEAPPROF_MARK_H
#define HEAPPROF_MARK_H

#include "base.h"
#include "wire.h"

/* Asks for a mark of this moment: of the function of that number, or of the signal. A signal
 * handler may call it, and interrupt it. */
void mark_ask(uint32_t kind, uint32_t number);

/* Returns a byte for the marked function of a number below WIRE_MAX_MARKED, which is 0 until the
 * function is entered in this process or in one that it was forked from. */
uint8_t *mark_entered(uint64_t number);

/* Asks for the mark of the process's end, and waits until the recorder has made it: it may copy
 * the memory meanwhile. Goes on without it after some seconds, or where the recorder is gone. */
void mark_exit(void);

/* Asks whether an allocation through a stack is to fail, and waits for the answer. Returns whether there was one. */
bool mark_asks_of_stack(uint32_t stack, bool *fails);

/* Returns a byte for the functions that end the process, which is 0 until one of them has been
 * entered that asks for that mark. */
uint8_t *mark_exits(void);

/* If the recorder wants it, lets a signal ask for marks, from which the program would end
 * otherwise. What a library's constructor has decided before, or who started the program (nohup,
 * a shell's trap), is left: programs that it execs inherit an ignored signal, and no handler. A
 * handler that the program itself sets later takes its place. */
void mark_on_signal(void);

#endif
