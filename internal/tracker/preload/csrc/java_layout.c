#include "java_layout.h"

#include "arch.h"
#include "module.h"
#include "phdr.h"
#include "probe.h"
#include "resolve.h"
#include "text.h"

/* The library, when it has been seen; and what has come of looking at its tables. */
static struct {
	uintptr_t start, bias;
	uint32_t state, failed;
} jvm;

enum {
	STATE_NONE,    /* nothing has been looked at */
	STATE_LOOKING, /* a thread is at it */
	STATE_KNOWN,
	STATE_UNKNOWN,
};

static struct java_layout layout;

/* A field in the tables: of which type, and where its offset is put; or its address, if it is one variable. */
struct field {
	const char *type, *name;
	size_t to;
	bool is_variable;
};
#define FIELD(type, name, to) \
	{ type, name, offsetof(struct java_layout, to), false }
#define VARIABLE(type, name, to) \
	{ type, name, offsetof(struct java_layout, to), true }

/* Some have had several names. */
static const struct field fields[] = {
	VARIABLE("CodeCache", "_heaps", heaps),
	VARIABLE("Abstract_VM_Version", "_vm_major_version", version),
	FIELD("GrowableArray<int>", "_data", list_data),
	FIELD("CodeHeap", "_memory", heap_memory),
	FIELD("CodeHeap", "_segmap", heap_segments),
	FIELD("CodeHeap", "_log2_segment_size", heap_shift),
	FIELD("VirtualSpace", "_low", space_low),
	FIELD("VirtualSpace", "_high", space_high),
	FIELD("HeapBlock::Header", "_used", block_used),
	FIELD("CodeBlob", "_name", blob_name),
	FIELD("CodeBlob", "_frame_size", blob_frame),
	FIELD("CodeBlob", "_code_begin", blob_code),
	FIELD("CodeBlob", "_code_offset", blob_code_at),
	FIELD("CodeBlob", "_mutable_data", blob_mutable),
	FIELD("CodeBlob", "_relocation_size", blob_relocations),
	FIELD("CompiledMethod", "_method", compiled_method),
	FIELD("nmethod", "_method", compiled_method),
	FIELD("nmethod", "_orig_pc_offset", compiled_kept_pc),
	FIELD("nmethod", "_scopes_pcs_offset", compiled_places),
	FIELD("nmethod", "_immutable_data", compiled_immutable),
	FIELD("nmethod", "_metadata_offset", compiled_metadata),
	FIELD("CompiledMethod", "_deopt_handler_begin", compiled_deopt),
	FIELD("nmethod", "_deopt_handler_offset", compiled_deopt_at),
	FIELD("CompiledMethod", "_scopes_data_begin", compiled_scopes),
	FIELD("nmethod", "_scopes_data_offset", compiled_scopes_at),
	FIELD("Method", "_constMethod", method_const),
	FIELD("ConstMethod", "_constMethod_size", const_words),
	FIELD("ConstMethod", "_constants", const_pool),
	FIELD("ConstMethod", "_flags", const_flags),
	FIELD("ConstMethod", "_flags._flags", const_flags),
	FIELD("ConstMethod", "_code_size", const_code),
	FIELD("ConstMethod", "_name_index", const_name),
	FIELD("ConstantPool", "_pool_holder", pool_class),
	FIELD("ConstantPool", "_source_file_name_index", pool_source),
	FIELD("InstanceKlass", "_source_file_name_index", class_source),
	FIELD("Klass", "_name", class_name),
	FIELD("Symbol", "_length", symbol_length),
	FIELD("Symbol", "_body", symbol_body),
};

static const struct field types[] = {
	FIELD("HeapBlock", "", block_bytes),
	FIELD("ConstMethod", "", const_bytes),
	FIELD("ConstantPool", "", pool_bytes),
};

/* What a table is told by: its first entry, the bytes from one to the next, and where in an entry things are. */
struct table {
	uintptr_t entries, stride, type, field, offset, address;
};

static bool is_text(const char *at) { return at && probe_range((uintptr_t)at & ~(uintptr_t)7, 8); }

static void take_entry(const struct table *table, uintptr_t entry, const struct field *wanted, size_t count) {
	const char *type = (const char *)java_word(entry + table->type), *name = table->field ? (const char *)java_word(entry + table->field) : "";
	for (size_t i = 0; i < count; i++) {
		const struct field *f = &wanted[i];
		if (!text_equal(f->type, type) || !text_equal(f->name, name)) continue;
		uint64_t is = java_word(entry + (f->is_variable ? table->address : table->offset));
		memcpy((char *)&layout + f->to, &is, sizeof is);
	}
}

/* Reads a table up to the entry without names that ends it. */
static void take_table(const struct table *table, const struct field *wanted, size_t count) {
	enum { MOST = 1 << 14 };
	uintptr_t entry = table->entries;
	for (unsigned i = 0; i < MOST && entry && table->stride && probe_range(entry, table->stride); i++, entry += table->stride) {
		if (!is_text((const char *)java_word(entry + table->type))) return;
		if (table->field && !is_text((const char *)java_word(entry + table->field))) return;
		take_entry(table, entry, wanted, count);
	}
}

/* Returns the dynamic section of a file that is mapped from start on; NULL: there is none that can be read. */
static const ElfW(Dyn) *dynamic_of(uintptr_t start, uintptr_t bias) {
	const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)start;
	if (!probe_range(start, sizeof *header) || !text_bytes_equal(header->e_ident, ELFMAG, SELFMAG)) return NULL;
	struct dl_phdr_info info = {.dlpi_addr = bias, .dlpi_phdr = (const ElfW(Phdr) *)(start + header->e_phoff), .dlpi_phnum = header->e_phnum};
	return probe_range((uintptr_t)info.dlpi_phdr, info.dlpi_phnum * sizeof *info.dlpi_phdr) ? phdr_dynamic(&info) : NULL;
}

static void read_tables(void) {
	void *entries, *stride, *type, *field, *offset, *address, *sizes, *size_stride, *size_type, *size;
#define NAMED(text, is) \
	{ .name = "gHotSpotVM" text, .address = &(is), .variable = true }
	const struct wanted_in variables[] = {
		NAMED("Structs", entries),
		NAMED("StructEntryArrayStride", stride),
		NAMED("StructEntryTypeNameOffset", type),
		NAMED("StructEntryFieldNameOffset", field),
		NAMED("StructEntryOffsetOffset", offset),
		NAMED("StructEntryAddressOffset", address),
		NAMED("Types", sizes),
		NAMED("TypeEntryArrayStride", size_stride),
		NAMED("TypeEntryTypeNameOffset", size_type),
		NAMED("TypeEntrySizeOffset", size),
	};
#undef NAMED
	const ElfW(Dyn) *dynamic = dynamic_of(jvm.start, jvm.bias);
	if (!dynamic || !resolve_in(dynamic, jvm.bias, variables, COUNT_OF(variables))) return;
	for (size_t i = 0; i < COUNT_OF(variables); i++)
		if (!probe_range((uintptr_t)*variables[i].address, 8)) return;
#define VALUE(of) (uintptr_t) java_word((uintptr_t)(of))
	struct table structs = {VALUE(entries), VALUE(stride), VALUE(type), VALUE(field), VALUE(offset), VALUE(address)};
	take_table(&structs, fields, COUNT_OF(fields));
	struct table of_types = {.entries = VALUE(sizes), .stride = VALUE(size_stride), .type = VALUE(size_type), .offset = VALUE(size)};
	take_table(&of_types, types, COUNT_OF(types));
#undef VALUE
}

static bool either(int64_t a, int64_t b) { return a != JAVA_NONE || b != JAVA_NONE; }

static bool read_layout(void) {
	enum { MOST_BYTES = 1 << 16,
		FIRST_VERSION = 11,      /* from which on its interpreter's frames are as they are in java_layout.h */
		NUMBERS_FROM_ONE = 20 }; /* its compressed numbers have no byte of zero */
	memset(&layout, 0xff, sizeof layout);
	read_tables();
	struct java_layout *l = &layout;
	const int64_t needed[] = {
		l->list_data, l->heap_memory, l->heap_segments, l->heap_shift, l->space_low, l->space_high, l->block_bytes, l->block_used,
		l->blob_name, l->blob_frame, l->compiled_method, l->method_const, l->const_bytes, l->const_words, l->const_pool, l->const_flags, l->const_code, l->const_name,
		l->pool_bytes, l->pool_class, l->class_name, l->symbol_length, l->symbol_body};
	for (size_t i = 0; i < COUNT_OF(needed); i++)
		if (needed[i] < 0 || needed[i] >= MOST_BYTES) return false;
	if (l->heaps + 1 == 0 || l->version + 1 == 0 || !either(l->blob_code, l->blob_code_at) || !either(l->pool_source, l->class_source)) return false;
	if (!probe_range(l->heaps, 8) || !probe_range(l->version, 4)) return false;
	uint32_t version = java_half(l->version);
	l->number_base = version >= NUMBERS_FROM_ONE;
	bool apart = l->compiled_immutable != JAVA_NONE, moved = l->blob_mutable != JAVA_NONE && l->blob_relocations != JAVA_NONE;
	l->has_scopes = l->compiled_places != JAVA_NONE && l->compiled_kept_pc != JAVA_NONE && either(l->compiled_deopt, l->compiled_deopt_at) &&
		(apart ? moved && l->compiled_scopes_at != JAVA_NONE : l->compiled_metadata != JAVA_NONE && l->compiled_scopes != JAVA_NONE);
	return version >= FIRST_VERSION;
}

void java_layout_see(const char *path, size_t path_bytes, uintptr_t start, uintptr_t bias) {
	static const char name[] = "/libjvm.so";
	enum { BYTES = sizeof name - 1 };
	if (!ARCH_RA_BELOW_CFA || jvm.start || path_bytes < BYTES || !text_bytes_equal(path + path_bytes - BYTES, name, BYTES)) return;
	jvm.bias = bias;
	store_release(&jvm.start, start);
}

/* The tables are looked at when code that was made at run time is met first: by then HotSpot has begun, unless the code is
 * another runtime's, and the loader has not relocated the library yet. So that is tried some times. */
const struct java_layout *java_layout(void) {
	enum { MOST_LOOKS = 1000 };
	uint32_t state = load_acquire(&jvm.state);
	/* A program that embeds it may have unloaded it. */
	if (likely(state == STATE_KNOWN)) return module_at(jvm.start) ? &layout : NULL;
	if (state != STATE_NONE || !load_acquire(&jvm.start)) return NULL;
	if (!__atomic_compare_exchange_n(&jvm.state, &state, STATE_LOOKING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return NULL;
	bool known = read_layout(), again = !known && ++jvm.failed < MOST_LOOKS;
	uint32_t looked = known ? STATE_KNOWN : STATE_UNKNOWN;
	store_release(&jvm.state, again ? STATE_NONE : looked);
	return known ? &layout : NULL;
}
