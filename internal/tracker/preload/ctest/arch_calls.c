/* What the instructions tell of calls and of frames: forms of calls in front of a
 * return address, and what functions make room for at their start. */
#include <stdio.h>
#include <string.h>

#include "../csrc/arch.h"

static void calls(const char *name, const char *code, size_t n) {
	uint8_t room[16] = {0};
	memcpy(room + 8 - n, code, n);
	printf("%s: %s\n", name, arch_calls_somewhere((uintptr_t)room + 8) ? "call" : "none");
}

static void frame(const char *name, const char *code, size_t n) {
	uint8_t room[64];
	memset(room, 0x90, sizeof room);
	memcpy(room + 4, code, n);
	printf("%s: %td\n", name, arch_frame_bytes((uintptr_t)room, (uintptr_t)room + 40, (uintptr_t)room + 40));
}

#define CALLS(code) calls(#code, code, sizeof code - 1)
#define CORE_FRAME(name, code) frame(name, code, sizeof code - 1)
#define BEGIN "\x55\x48\x89\xe5"

int main(void) {
	CALLS("\xff\xd0");                     /* call *%rax */
	CALLS("\x41\xff\xd3");                 /* call *%r11 */
	CALLS("\xff\x10");                     /* call *(%rax) */
	CALLS("\xff\x50\x18");                 /* call *24(%rax) */
	CALLS("\xff\x54\x24\x08");             /* call *8(%rsp) */
	CALLS("\xff\x15\x01\x02\x03\x04");     /* call *0x4030201(%rip) */
	CALLS("\xff\x90\x01\x02\x03\x04");     /* call *0x4030201(%rax) */
	CALLS("\xff\x14\xc5\x01\x02\x03\x04"); /* call *0x4030201(,%rax,8) */
	CALLS("\xff\xe0");                     /* jmp *%rax */
	CALLS("\xff\x50");                     /* cut off */
	CALLS("\x48\x89\xc7");                 /* mov */
	CORE_FRAME("no start", "\x48\x83\xec\x08");
	CORE_FRAME("nothing", BEGIN);
	CORE_FRAME("room", BEGIN "\x48\x83\xec\x20");
	CORE_FRAME("negative", BEGIN "\x48\x83\xc4\x80");
	CORE_FRAME("large", BEGIN "\x48\x81\xec\x00\x04\x00\x00");
	CORE_FRAME("registers", BEGIN "\x41\x57\x41\x56\x53\x50");
	CORE_FRAME("registers, with moves in between", BEGIN "\x41\x54\x49\x89\xfc\x53\x89\xf3\x48\x83\xec\x10");
	CORE_FRAME("the nearest", BEGIN "\x48\x83\xec\x20\xc9\xc3" BEGIN "\x53");
	CORE_FRAME("other order", "\x55\x48\x8b\xec\x48\x83\xec\x20");
	CORE_FRAME("others before the frame pointer is set", "\x55\x31\xc0\x48\x89\xe5\x41\x54\x53\x48\x83\xec\x20");
	CORE_FRAME("others before room is made", BEGIN "\x53\x48\x8d\x35\xed\xff\xff\xff\x85\xff\x74\x10\x0f\x10\x06\x48\x83\xec\x18");
	CORE_FRAME("a push before the frame pointer is set", "\x55\x53\x48\x89\xe5\x48\x83\xec\x20");
	CORE_FRAME("a new stack pointer", BEGIN "\x53\x48\x8d\x64\x24\xe0\x48\x83\xec\x20");
	return 0;
}
