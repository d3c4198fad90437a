#include "bpf.h"

#include "sys.h"
#include "text.h"

enum {
	RET_ALLOW = 0x7fff0000,
	RET_LOG = 0x7ffc0000,
	ACTION = 0xffff0000,
};

/* What a filter sees (linux/seccomp.h). */
struct data {
	uint32_t nr, arch;
	uint64_t at, args[6];
};

/* Runs the program on a call (linux/filter.h; the kernel has seen to it, or will, that it
 * ends). Returns what it returns; 0, which lets nothing through, if it is malformed. */
static uint32_t evaluate(const struct bpf_code *code, size_t count, const struct data *data) {
	enum {
		LD,
		LDX,
		ST,
		STX,
		ALU,
		JMP,
		RET,
		MISC,
	};
	uint32_t a = 0, x = 0, memory[16] = {0};
	for (size_t pc = 0; pc < count; pc++) {
		const struct bpf_code *c = &code[pc];
		uint32_t operand = c->op & 8 ? x : c->k, mode = c->op & 0xe0;
		switch (c->op & 7) {
		case LD:
		case LDX: {
			uint32_t value = c->k; /* an immediate, unless the mode says otherwise */
			if (mode == 0x20) {
				/* of the data */
				if (c->k % 4 || c->k > sizeof *data - 4) return 0;
				memcpy(&value, (const char *)data + c->k, 4);
			} else if (mode == 0x60) {
				value = memory[c->k % COUNT_OF(memory)];
			} else if (mode == 0x80) {
				value = sizeof *data;
			}
			if ((c->op & 7) == LD) a = value;
			else x = value;
			break;
		}
		case ST: memory[c->k % COUNT_OF(memory)] = a; break;
		case STX: memory[c->k % COUNT_OF(memory)] = x; break;
		case ALU:
			switch (c->op & 0xf0) {
			case 0x00: a += operand; break;
			case 0x10: a -= operand; break;
			case 0x20: a *= operand; break;
			case 0x30:
				if (!operand) return 0;
				a /= operand;
				break;
			case 0x40: a |= operand; break;
			case 0x50: a &= operand; break;
			case 0x60: a = operand < 32 ? a << operand : 0; break;
			case 0x70: a = operand < 32 ? a >> operand : 0; break;
			case 0x80: a = 0 - a; break;
			case 0xa0: a ^= operand; break;
			default: return 0;
			}
			break;
		case JMP: {
			bool holds;
			switch (c->op & 0xf0) {
			case 0x00: pc += c->k; continue;
			case 0x10: holds = a == operand; break;
			case 0x20: holds = a > operand; break;
			case 0x30: holds = a >= operand; break;
			case 0x40: holds = a & operand; break;
			default: return 0;
			}
			pc += holds ? c->if_true : c->if_false;
			break;
		}
		case RET: return (c->op & 0x18) == 0x10 ? a : c->k;
		case MISC:
			if (c->op & 0x80) a = x;
			else x = a;
			break;
		}
	}
	return 0;
}

uint32_t bpf_forbids(const struct bpf_code *code, size_t count) {
	uint32_t forbidden = 0;
	for (unsigned i = 0; i < SYS_CALLS; i++) {
		struct data data = {.nr = (uint32_t)sys_calls[i].nr, .arch = arch_audit};
		for (unsigned k = 0; k < COUNT_OF(data.args); k++) data.args[k] = (uint64_t)sys_calls[i].args[k];
		uint32_t action = evaluate(code, count, &data) & ACTION;
		if (action != RET_ALLOW && action != RET_LOG) forbidden |= 1u << i;
	}
	return forbidden;
}
