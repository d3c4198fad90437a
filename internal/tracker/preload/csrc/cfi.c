#include "cfi.h"

#include "text.h"

/* Pointer encodings (LSB, DW_EH_PE_*). */
enum {
	PE_ABSPTR = 0x00,
	PE_ULEB = 0x01,
	PE_UDATA2 = 0x02,
	PE_UDATA4 = 0x03,
	PE_UDATA8 = 0x04,
	PE_SLEB = 0x09,
	PE_SDATA2 = 0x0a,
	PE_SDATA4 = 0x0b,
	PE_SDATA8 = 0x0c,
	PE_FORMAT = 0x0f,
	PE_PCREL = 0x10,
	PE_DATAREL = 0x30,
	PE_BASE = 0x70,
	PE_INDIRECT = 0x80,
	PE_OMIT = 0xff,
};

/* Call frame instructions (DWARF 5, section 6.4.2, and the GNU ones). */
enum {
	CFA_advance_loc = 0x40, /* the three with the operand in the low six bits */
	CFA_offset = 0x80,
	CFA_restore = 0xc0,
	CFA_nop = 0x00,
	CFA_set_loc = 0x01,
	CFA_advance_loc1 = 0x02,
	CFA_advance_loc2 = 0x03,
	CFA_advance_loc4 = 0x04,
	CFA_offset_extended = 0x05,
	CFA_restore_extended = 0x06,
	CFA_undefined = 0x07,
	CFA_same_value = 0x08,
	CFA_register = 0x09,
	CFA_remember_state = 0x0a,
	CFA_restore_state = 0x0b,
	CFA_def_cfa = 0x0c,
	CFA_def_cfa_register = 0x0d,
	CFA_def_cfa_offset = 0x0e,
	CFA_def_cfa_expression = 0x0f,
	CFA_expression = 0x10,
	CFA_offset_extended_sf = 0x11,
	CFA_def_cfa_sf = 0x12,
	CFA_def_cfa_offset_sf = 0x13,
	CFA_val_offset = 0x14,
	CFA_val_offset_sf = 0x15,
	CFA_val_expression = 0x16,
	CFA_AARCH64_negate_ra_state_with_pc = 0x2c,
	CFA_AARCH64_negate_ra_state = 0x2d,
	CFA_GNU_args_size = 0x2e,
	CFA_GNU_negative_offset_extended = 0x2f,
};

/* Expression operators that unwind information uses (DWARF 5, section 7.7.1). */
enum {
	OP_deref = 0x06,
	OP_const1u = 0x08,
	OP_const1s = 0x09,
	OP_const2u = 0x0a,
	OP_const2s = 0x0b,
	OP_const4u = 0x0c,
	OP_const4s = 0x0d,
	OP_constu = 0x10,
	OP_consts = 0x11,
	OP_and = 0x1a,
	OP_minus = 0x1c,
	OP_plus = 0x22,
	OP_plus_uconst = 0x23,
	OP_shl = 0x24,
	OP_ge = 0x2a,
	OP_lit0 = 0x30,
	OP_lit31 = 0x4f,
	OP_breg0 = 0x70,
	OP_breg31 = 0x8f,
};

/* A bounded reader. Once it has run over its end, good is false and it reads zeros. */
struct cursor {
	const uint8_t *p, *end;
	bool good;
};

static uint64_t take(struct cursor *c, size_t bytes) {
	if (!c->good || (size_t)(c->end - c->p) < bytes) {
		c->good = false;
		return 0;
	}
	uint64_t v = 0;
	for (size_t i = 0; i < bytes; i++) v |= (uint64_t)c->p[i] << (8 * i);
	c->p += bytes;
	return v;
}

static int64_t take_signed(struct cursor *c, size_t bytes) {
	unsigned unused = 64 - 8 * (unsigned)bytes;
	return (int64_t)(take(c, bytes) << unused) >> unused;
}

static uint64_t take_uleb(struct cursor *c) {
	uint64_t v = 0;
	for (unsigned shift = 0;; shift += 7) {
		uint64_t byte = take(c, 1);
		if (shift < 64) v |= (byte & 0x7f) << shift;
		if (!(byte & 0x80)) return v;
	}
}

static int64_t take_sleb(struct cursor *c) {
	uint64_t v = 0, byte;
	unsigned shift = 0;
	do {
		byte = take(c, 1);
		if (shift < 64) v |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (shift < 64 && (byte & 0x40)) v |= ~0ull << shift;
	return (int64_t)v;
}

static struct cursor sub_cursor(struct cursor *c, uint64_t bytes) {
	struct cursor sub = {c->p, c->p, c->good};
	if (!c->good || (uint64_t)(c->end - c->p) < bytes) {
		c->good = sub.good = false;
		return sub;
	}
	sub.end = c->p + bytes;
	c->p += bytes;
	return sub;
}

/* A pointer in the given encoding; datarel is the base of DW_EH_PE_datarel. */
static uint64_t take_pointer(struct cursor *c, uint8_t encoding, const uint8_t *datarel) {
	uint64_t at = (uintptr_t)c->p, v;
	switch (encoding & PE_FORMAT) {
	case PE_ABSPTR:
	case PE_UDATA8:
	case PE_SDATA8: v = take(c, 8); break;
	case PE_ULEB: v = take_uleb(c); break;
	case PE_SLEB: v = (uint64_t)take_sleb(c); break;
	case PE_UDATA2: v = take(c, 2); break;
	case PE_UDATA4: v = take(c, 4); break;
	case PE_SDATA2: v = (uint64_t)take_signed(c, 2); break;
	case PE_SDATA4: v = (uint64_t)take_signed(c, 4); break;
	default: c->good = false; return 0;
	}
	switch (encoding & PE_BASE) {
	case 0: return v;
	case PE_PCREL: return at + v;
	case PE_DATAREL: return (uintptr_t)datarel + v;
	default: c->good = false; return 0;
	}
}

/* ---- expressions ---- */

/* A value that is known up to a register or the word at a register + offset; of such a word, what is added to it. */
struct term {
	enum {
		CONSTANT,
		REG_SP,
		REG_FP,
		AT_REG_SP,
		AT_REG_FP,
	} base;
	int64_t offset, after;
};

/* Adds to a value. */
static struct term added(struct term t, uint64_t by) {
	int64_t *to = t.base == AT_REG_SP || t.base == AT_REG_FP ? &t.after : &t.offset;
	*to = (int64_t)((uint64_t)*to + by);
	return t;
}

static bool evaluate(struct cursor c, uintptr_t pc, struct term *result) {
	struct term stack[8];
	size_t n = 0;
	while (c.good && c.p < c.end) {
		uint8_t op = (uint8_t)take(&c, 1);
		struct term t = {.base = CONSTANT};
		switch (op) {
		case OP_const1u: t.offset = (int64_t)take(&c, 1); break;
		case OP_const1s: t.offset = take_signed(&c, 1); break;
		case OP_const2u: t.offset = (int64_t)take(&c, 2); break;
		case OP_const2s: t.offset = take_signed(&c, 2); break;
		case OP_const4u: t.offset = (int64_t)take(&c, 4); break;
		case OP_const4s: t.offset = take_signed(&c, 4); break;
		case OP_constu: t.offset = (int64_t)take_uleb(&c); break;
		case OP_consts: t.offset = take_sleb(&c); break;
		case OP_deref:
			if (n == 0) return false;
			t = stack[--n];
			if (t.base == REG_SP) t.base = AT_REG_SP;
			else if (t.base == REG_FP) t.base = AT_REG_FP;
			else return false;
			break;
		case OP_plus_uconst:
			if (n == 0) return false;
			t = stack[--n];
			t = added(t, take_uleb(&c));
			break;
		case OP_and:
		case OP_minus:
		case OP_plus:
		case OP_shl:
		case OP_ge: {
			if (n < 2) return false;
			struct term b = stack[--n], a = stack[--n];
			if (op == OP_plus && a.base == CONSTANT) {
				struct term swap = a;
				a = b;
				b = swap;
			}
			if (b.base != CONSTANT) return false;
			t = a;
			if (op == OP_plus || op == OP_minus) {
				uint64_t by = (uint64_t)b.offset;
				t = added(a, op == OP_plus ? by : -by);
				break;
			}
			if (a.base != CONSTANT) return false;
			if (op == OP_and) t.offset = a.offset & b.offset;
			if (op == OP_shl) t.offset = (uint64_t)b.offset < 64 ? (int64_t)((uint64_t)a.offset << b.offset) : 0;
			if (op == OP_ge) t.offset = a.offset >= b.offset;
			break;
		}
		default:
			if (op >= OP_lit0 && op <= OP_lit31) {
				t.offset = op - OP_lit0;
			} else if (op >= OP_breg0 && op <= OP_breg31) {
				int reg = op - OP_breg0;
				t.offset = take_sleb(&c);
				if (reg == DWARF_SP) t.base = REG_SP;
				else if (reg == DWARF_FP) t.base = REG_FP;
				else if (reg == DWARF_PC) t.offset = (int64_t)((uint64_t)t.offset + pc); /* the frame's own pc: PLT entries */
				else return false;
			} else {
				return false;
			}
		}
		if (n == COUNT_OF(stack)) return false;
		stack[n++] = t;
	}
	if (!c.good || n == 0) return false;
	*result = stack[n - 1];
	return true;
}

/* ---- one function's program ---- */

enum where_kind {
	WHERE_UNSAID,
	WHERE_UNDEFINED,
	WHERE_SAME,
	WHERE_OFFSET,
	WHERE_EXPRESSION,
	WHERE_OTHER,
};

struct where {
	enum where_kind kind;
	int64_t offset;
	struct cursor expression;
};

struct row {
	bool cfa_by_expression;
	uint64_t cfa_register;
	int64_t cfa_offset;
	struct cursor cfa_expression;
	struct where fp, ra;
};

struct cie {
	uint64_t code_align;
	int64_t data_align;
	uint64_t ra_register;
	uint8_t encoding;
	bool has_augmentation_data, signal;
	struct cursor program;
};

static struct where *where_of(struct row *row, const struct cie *cie, uint64_t reg) {
	if (reg == DWARF_FP) return &row->fp;
	if (reg == cie->ra_register) return &row->ra;
	return NULL;
}

static int64_t scaled(uint64_t factor, const struct cie *cie) { return (int64_t)(factor * (uint64_t)cie->data_align); }

static void set_where(struct row *row, const struct cie *cie, uint64_t reg, enum where_kind kind, int64_t offset) {
	struct where *w = where_of(row, cie, reg);
	if (!w) return;
	w->kind = kind;
	w->offset = offset;
}

/* Runs a program until it passes pc; initial is the row that restore goes back
 * to (NULL while the CIE's own program runs). Returns false on a malformed program. */
static bool run(struct cursor c, const struct cie *cie, uintptr_t pc, uintptr_t loc, struct row *row, const struct row *initial) {
	struct row remembered[8];
	size_t depth = 0;
	while (c.good && c.p < c.end) {
		uint8_t op = (uint8_t)take(&c, 1);
		uint64_t reg, advance = 0;
		switch (op & 0xc0) {
		case CFA_advance_loc: advance = op & 0x3f; goto moved;
		case CFA_offset: set_where(row, cie, op & 0x3f, WHERE_OFFSET, scaled(take_uleb(&c), cie)); continue;
		case CFA_restore: reg = op & 0x3f; goto restored;
		}
		switch (op) {
		case CFA_nop: continue;
		case CFA_set_loc:
			loc = take_pointer(&c, cie->encoding, NULL);
			if (loc > pc) return c.good;
			continue;
		case CFA_advance_loc1: advance = take(&c, 1); goto moved;
		case CFA_advance_loc2: advance = take(&c, 2); goto moved;
		case CFA_advance_loc4: advance = take(&c, 4); goto moved;
		case CFA_offset_extended:
			reg = take_uleb(&c);
			set_where(row, cie, reg, WHERE_OFFSET, scaled(take_uleb(&c), cie));
			continue;
		case CFA_offset_extended_sf:
			reg = take_uleb(&c);
			set_where(row, cie, reg, WHERE_OFFSET, scaled((uint64_t)take_sleb(&c), cie));
			continue;
		case CFA_GNU_negative_offset_extended:
			reg = take_uleb(&c);
			set_where(row, cie, reg, WHERE_OFFSET, scaled(0 - take_uleb(&c), cie));
			continue;
		case CFA_restore_extended: reg = take_uleb(&c); goto restored;
		case CFA_undefined: set_where(row, cie, take_uleb(&c), WHERE_UNDEFINED, 0); continue;
		case CFA_same_value: set_where(row, cie, take_uleb(&c), WHERE_SAME, 0); continue;
		case CFA_register:
			reg = take_uleb(&c);
			take_uleb(&c);
			set_where(row, cie, reg, WHERE_OTHER, 0);
			continue;
		case CFA_val_offset:
		case CFA_val_offset_sf:
			reg = take_uleb(&c);
			take_uleb(&c);
			set_where(row, cie, reg, WHERE_OTHER, 0);
			continue;
		case CFA_remember_state:
			if (depth == COUNT_OF(remembered)) return false;
			remembered[depth++] = *row;
			continue;
		case CFA_restore_state:
			if (depth == 0) return false;
			*row = remembered[--depth];
			continue;
		case CFA_def_cfa:
			row->cfa_by_expression = false;
			row->cfa_register = take_uleb(&c);
			row->cfa_offset = (int64_t)take_uleb(&c);
			continue;
		case CFA_def_cfa_sf:
			row->cfa_by_expression = false;
			row->cfa_register = take_uleb(&c);
			row->cfa_offset = scaled((uint64_t)take_sleb(&c), cie);
			continue;
		case CFA_def_cfa_register: row->cfa_register = take_uleb(&c); continue;
		case CFA_def_cfa_offset: row->cfa_offset = (int64_t)take_uleb(&c); continue;
		case CFA_def_cfa_offset_sf: row->cfa_offset = scaled((uint64_t)take_sleb(&c), cie); continue;
		case CFA_def_cfa_expression:
			row->cfa_by_expression = true;
			row->cfa_expression = sub_cursor(&c, take_uleb(&c));
			continue;
		case CFA_expression:
		case CFA_val_expression: {
			reg = take_uleb(&c);
			struct cursor expression = sub_cursor(&c, take_uleb(&c));
			struct where *w = where_of(row, cie, reg);
			if (w) {
				w->kind = op == CFA_expression ? WHERE_EXPRESSION : WHERE_OTHER;
				w->expression = expression;
			}
			continue;
		}
		case CFA_GNU_args_size: take_uleb(&c); continue;
		/* Says whether the return address is signed: a signature is taken off in any case. */
		case CFA_AARCH64_negate_ra_state:
		case CFA_AARCH64_negate_ra_state_with_pc: continue;
		default: return false;
		}
	moved:
		loc += (uintptr_t)(advance * cie->code_align);
		if (loc > pc) return c.good;
		continue;
	restored:
		if (!initial) return false;
		if (reg == DWARF_FP) row->fp = initial->fp;
		else if (reg == cie->ra_register) row->ra = initial->ra;
	}
	return c.good;
}

static const struct rule unsupported = {.cfa = CFA_UNSUPPORTED};

/* The frame description that starts at c: its length is taken, the cursor of
 * its body returned. */
static struct cursor take_entry(struct cursor *c) {
	uint64_t length = take(c, 4);
	if (length == 0xffffffff) length = take(c, 8);
	return sub_cursor(c, length);
}

static bool parse_cie(const struct cfi_module *m, const uint8_t *at, struct cie *cie) {
	if (at < m->frames_lo || at >= m->frames_end) return false;
	struct cursor c = {at, m->frames_end, true};
	struct cursor body = take_entry(&c);
	if (take(&body, 4) != 0) return false; /* not a CIE */
	uint64_t version = take(&body, 1);
	if (version != 1 && version != 3 && version != 4) return false;
	const char *augmentation = (const char *)body.p;
	while (take(&body, 1) != 0)
		;
	if (version == 4) take(&body, 2); /* address and segment size */
	cie->code_align = take_uleb(&body);
	cie->data_align = take_sleb(&body);
	cie->ra_register = version == 1 ? take(&body, 1) : take_uleb(&body);
	cie->encoding = PE_ABSPTR;
	cie->signal = cie->has_augmentation_data = false;
	if (!body.good) return false;
	if (*augmentation == 'z') {
		cie->has_augmentation_data = true;
		struct cursor data = sub_cursor(&body, take_uleb(&body));
		for (const char *a = augmentation + 1; *a && data.good; a++) {
			switch (*a) {
			case 'R': cie->encoding = (uint8_t)take(&data, 1); break;
			case 'L': take(&data, 1); break;
			case 'P': {
				uint8_t encoding = (uint8_t)take(&data, 1);
				take_pointer(&data, encoding & PE_FORMAT, NULL);
				break;
			}
			case 'S': cie->signal = true; break;
			/* arm64: return addresses are signed with another key; the stack is tagged. */
			case 'B':
			case 'G': break;
			default: a = augmentation + text_length(augmentation) - 1; /* unknown: the length tells where it ends */
			}
		}
	} else if (*augmentation != 0) {
		return false;
	}
	cie->program = body;
	return body.good;
}

static bool to_words(int64_t bytes, arch_words *words) {
	*words = (arch_words)(bytes / 8);
	return bytes % 8 == 0 && *words == bytes / 8;
}

#if ARCH_RA_BELOW_CFA
static bool set_ra(struct rule *rule, const struct where *ra) {
	(void)rule;
	return ra->kind == WHERE_OFFSET && ra->offset == -8;
}
#else
static bool set_ra(struct rule *rule, const struct where *ra) {
	if (ra->kind == WHERE_OFFSET) return to_words(ra->offset, &rule->ra_words);
	rule->ra = RA_IN_LR;
	return ra->kind == WHERE_UNSAID || ra->kind == WHERE_SAME;
}
#endif

static struct rule rule_of(const struct row *row, const struct cie *cie, uintptr_t pc) {
	struct rule rule = {0};
	/* What says where each register is, the return address among them, is the kernel's frame. Others are marked so, too, as their
	 * callers may have been anywhere (OCaml 5's caml_c_call), and are unwound as any frame is. */
	if (cie->signal && !(ARCH_RA_BELOW_CFA && row->ra.kind == WHERE_OFFSET)) {
		rule.cfa = CFA_SIGNAL;
		return rule;
	}
	if (row->ra.kind == WHERE_UNDEFINED) {
		rule.cfa = CFA_END;
		return rule;
	}
	if (!set_ra(&rule, &row->ra)) return unsupported;
	int64_t offset = row->cfa_offset;
	if (!row->cfa_by_expression) {
		if (row->cfa_register == DWARF_SP) rule.cfa = CFA_SP;
		else if (row->cfa_register == DWARF_FP) rule.cfa = CFA_FP;
		else return unsupported;
	} else {
		static const uint8_t kinds[] = {[REG_SP] = CFA_SP, [REG_FP] = CFA_FP, [AT_REG_SP] = CFA_AT_SP, [AT_REG_FP] = CFA_AT_FP};
		struct term t;
		if (!evaluate(row->cfa_expression, pc, &t) || t.base == CONSTANT) return unsupported;
		rule.cfa = kinds[t.base];
		offset = t.offset;
		if (t.base == AT_REG_SP || t.base == AT_REG_FP) {
			if (offset != (int16_t)offset || t.after != (int16_t)t.after || t.after < 0) return unsupported;
			offset = (int32_t)((uint32_t)t.after << 16 | (uint16_t)offset);
		}
	}
	if (offset != (int32_t)offset) return unsupported;
	rule.cfa_offset = (int32_t)offset;

	int64_t at = 0;
	switch (row->fp.kind) {
	case WHERE_UNSAID:
	case WHERE_UNDEFINED:
	case WHERE_SAME: rule.fp = FP_SAME; break;
	case WHERE_OFFSET:
		rule.fp = FP_AT_CFA;
		at = row->fp.offset;
		break;
	case WHERE_EXPRESSION: {
		struct term t;
		if (!evaluate(row->fp.expression, pc, &t) || t.base != REG_FP) return unsupported;
		rule.fp = FP_AT_FP;
		at = t.offset;
		break;
	}
	default: return unsupported;
	}
	if (!to_words(at, &rule.fp_words)) return unsupported;
	return rule;
}

/* The rule at pc from the frame description at address fde, wherever that is, if it covers pc. */
static bool rule_from(const struct cfi_module *m, uintptr_t fde, uintptr_t pc, struct rule *rule) {
	if (fde < (uintptr_t)m->frames_lo || fde >= (uintptr_t)m->frames_end) return false;
	struct cursor c = {m->frames_lo + (fde - (uintptr_t)m->frames_lo), m->frames_end, true};
	struct cursor body = take_entry(&c);
	const uint8_t *cie_base = body.p;
	uint64_t cie_offset = take(&body, 4);
	if (!body.good || cie_offset == 0 || cie_offset > (uint64_t)(cie_base - m->frames_lo)) return false;
	struct cie cie;
	if (!parse_cie(m, cie_base - cie_offset, &cie)) return false;
	uintptr_t start = take_pointer(&body, cie.encoding, m->hdr);
	uintptr_t size = take_pointer(&body, cie.encoding & PE_FORMAT, NULL);
	if (!body.good || pc - start >= size) return false;
	if (cie.has_augmentation_data) sub_cursor(&body, take_uleb(&body));

	struct row row = {0}, initial;
	*rule = unsupported;
	if (!run(cie.program, &cie, ~(uintptr_t)0, 0, &row, NULL)) return true;
	initial = row;
	if (!run(body, &cie, pc, start, &row, &initial)) return true;
	*rule = rule_of(&row, &cie, pc);
	return true;
}

/* Of the header's table, pairs of (function start, description), both relative to
 * the header, ascending: the bytes of each number. Linkers write four; the recorder,
 * whose tables may lie far from the code, eight. 0: it is of no such form. */
static size_t table_width(uint8_t count_encoding, uint8_t encoding) {
	if (count_encoding == PE_OMIT) return 0;
	switch (encoding) {
	case PE_DATAREL | PE_SDATA4: return 4;
	case PE_DATAREL | PE_SDATA8: return 8;
	}
	return 0;
}

bool cfi_open(struct cfi_module *m, const uint8_t *hdr, const struct cfi_segment *segments, size_t count) {
	*m = (struct cfi_module){.hdr = hdr};
	for (size_t i = 0; i < count; i++)
		if (hdr >= segments[i].lo && hdr < segments[i].end) m->hdr_end = segments[i].end;
	if (!m->hdr_end) return false;
	struct cursor c = {hdr, m->hdr_end, true};
	if (take(&c, 1) != 1) return false;
	uint8_t encoding = (uint8_t)take(&c, 1);
	take(&c, 2);
	const uint8_t *frames = (const uint8_t *)(uintptr_t)take_pointer(&c, encoding, hdr);
	if (!c.good) return false;
	for (size_t i = 0; i < count; i++) {
		if (frames >= segments[i].lo && frames < segments[i].end) {
			m->frames_lo = frames;
			m->frames_end = segments[i].end;
			return true;
		}
	}
	return false;
}

struct rule cfi_rule(const struct cfi_module *m, uintptr_t pc) {
	struct rule rule = {.cfa = CFA_CHAIN};
	struct cursor c = {m->hdr, m->hdr_end, true};
	take(&c, 1);
	uint8_t frames_encoding = (uint8_t)take(&c, 1), count_encoding = (uint8_t)take(&c, 1), table_encoding = (uint8_t)take(&c, 1);
	take_pointer(&c, frames_encoding, m->hdr);
	size_t width = table_width(count_encoding, table_encoding);
	if (width) {
		uint64_t count = take_pointer(&c, count_encoding, m->hdr);
		if (!c.good || count > (uint64_t)(c.end - c.p) / (2 * width)) return rule;
		const uint8_t *table = c.p;
		uint64_t lo = 0, hi = count; /* the last entry whose start is at most pc */
		while (lo < hi) {
			uint64_t mid = (lo + hi) / 2;
			struct cursor e = {table + mid * 2 * width, c.end, true};
			if ((uintptr_t)m->hdr + (uintptr_t)take_signed(&e, width) <= pc) lo = mid + 1;
			else hi = mid;
		}
		if (lo == 0) return rule;
		struct cursor e = {table + (2 * lo - 1) * width, c.end, true};
		rule_from(m, (uintptr_t)m->hdr + (uintptr_t)take_signed(&e, width), pc, &rule);
		return rule;
	}
	/* No table: read every description. */
	struct cursor all = {m->frames_lo, m->frames_end, true};
	while (all.good && all.end - all.p >= 8) {
		uintptr_t entry = (uintptr_t)all.p;
		struct cursor body = take_entry(&all);
		if (body.p == body.end) break; /* the terminator */
		if (take(&body, 4) != 0 && rule_from(m, entry, pc, &rule)) break;
	}
	return rule;
}
