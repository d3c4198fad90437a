# For gdb: prints what it knows of all variables of all frames wherever the program calls stop.
import gdb

INTEGERS = (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_ENUM, gdb.TYPE_CODE_BOOL, gdb.TYPE_CODE_CHAR)
REGISTERS = "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15".split()  # by DWARF's numbers


def leaves(value, offset, depth=0):
    kind = value.type.strip_typedefs()
    if kind.code in INTEGERS:
        yield offset, kind.sizeof, value
    elif kind.code == gdb.TYPE_CODE_STRUCT and depth < 4:
        for f in kind.fields():
            if hasattr(f, "bitpos") and not f.bitsize and not f.is_base_class:
                yield from leaves(value[f], offset + f.bitpos // 8, depth + 1)


def variables(frame):
    try:
        block = frame.block()
    except RuntimeError:
        return
    while block is not None:
        for symbol in block:
            if symbol.is_argument or symbol.is_variable:
                yield symbol
        if block.function is not None:
            return
        block = block.superblock


def one(frame, symbol):
    value = symbol.value(frame)
    address = "-"
    values = []
    try:
        if value.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            values.append("0:8:%x" % int(value.referenced_value().address))  # gdb takes a reference for what it is of
        elif value.address is not None:
            address = "%x" % int(value.address)
    except gdb.error:
        pass
    for offset, size, leaf in leaves(value, 0):
        try:
            values.append("%d:%d:%x" % (offset, size, int(leaf) & ((1 << 8 * size) - 1)))
        except gdb.error:
            pass
    print("VAR", symbol.name, address, symbol.type.sizeof, symbol.line, symbol.type, frame.find_sal().line, *values, sep="\t")


def stopped():
    frame = gdb.newest_frame()
    sp = int(frame.read_register("rsp"))
    while frame.type() == gdb.INLINE_FRAME:
        frame = frame.older()
    frame = frame.older()
    held = []
    while frame is not None:
        for symbol in variables(frame):
            held.append((frame, symbol))
        if frame.type() != gdb.INLINE_FRAME:
            frame.select()
            text = gdb.execute("info frame", to_string=True)
            cfa = text.split(" frame at 0x", 1)[1].split(":", 1)[0]
            registers = []
            for number, name in enumerate(REGISTERS):
                try:
                    registers.append("%d:%x" % (number, int(frame.read_register(name)) & ((1 << 64) - 1)))
                except gdb.error:
                    pass
            print("FRAME", "%x" % frame.pc(), cfa, *registers, sep="\t")
            for f, symbol in held:
                one(f, symbol)
            held = []
            if frame.name() in ("main", "held::main"):
                break
        frame = frame.older()
    memory = gdb.selected_inferior().read_memory(sp, int(cfa, 16) - sp)
    print("STACK", "%x" % sp, bytes(memory).hex(), sep="\t")


gdb.execute("set pagination off")
gdb.execute("set debuginfod enabled off")
gdb.execute("set language c")
linked = int(gdb.parse_and_eval("(unsigned long)&main"))
gdb.Breakpoint("stop")
gdb.execute("starti", to_string=True)
print("BASE", "%x" % (int(gdb.parse_and_eval("(unsigned long)&main")) - linked), sep="\t")
while True:
    gdb.execute("continue", to_string=True)
    if not gdb.selected_inferior().pid:
        break
    stopped()
