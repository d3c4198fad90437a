# Allocates a thousand blocks of 2001 bytes, and uses nothing that would keep the interpreter's library from being unloaded.
def block():
    return bytearray(2000)


blocks = []
for _ in range(1000):
    blocks.append(block())
