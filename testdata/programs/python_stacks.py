# Allocates blocks of sizes that nothing else has, each where Python's stack has another shape, and prints of each what
# Python itself says of its stack: a line of JSON with the size, and the frames, innermost first, as [function, line].
# A block is of a bytearray, which asks for one byte more than it has.
import asyncio
import functools
import json
import sys
import threading

keep = []
told = []
size = [100_003]


def stack():
    f = sys._getframe(1)
    frames = []
    while f:
        code = f.f_code
        frames.append([getattr(code, "co_qualname", code.co_name), f.f_lineno])
        f = f.f_back
    return frames


def next_size():
    size[0] += 1009
    return size[0]


def tell(n, frames):
    told.append({"bytes": n + 1, "frames": frames})


def plain():
    n = next_size()
    keep.append(bytearray(n)); tell(n, stack())


def nested(depth):
    if depth:
        return nested(depth - 1)
    return plain()


def by_sort():
    def key(x):
        if x == 2:
            n = next_size()
            keep.append(bytearray(n)); tell(n, stack())
        return x
    sorted([3, 1, 2], key=key)
    list(map(key, [2]))
    functools.partial(key, 2)()
    functools.reduce(lambda a, b: key(b), [1, 2])


class Base:
    def __init_subclass__(cls):
        plain()


class Thing:
    def __init__(self):
        n = next_size()
        keep.append(bytearray(n)); tell(n, stack())

    def __del__(self):
        plain()

    @property
    def value(self):
        n = next_size()
        keep.append(bytearray(n)); tell(n, stack())
        return n

    def __eq__(self, other):
        plain()
        return True

    __hash__ = None


def generate(n):
    for i in range(n):
        b = next_size()
        keep.append(bytearray(b)); tell(b, stack())
        yield i


def delegate():
    yield from generate(2)


async def inner():
    await asyncio.sleep(0)
    plain()


async def outer():
    await inner()
    await asyncio.gather(inner(), inner())


def by_exception():
    try:
        raise ValueError
    except ValueError:
        plain()
    finally:
        plain()


def by_exec():
    # Each time another function lies where the one before lay.
    for i in range(20):
        code = "\n" * i + "def made_%d():\n    return plain()\nmade_%d()" % (i, i)
        exec(compile(code, "made_%d.py" % i, "exec"), {"plain": plain})


def in_many_lines():
    n = next_size()
    keep.append([
        bytearray(n),
        tell(n, [[f[0], f[1] - 1 if i == 0 else f[1]] for i, f in enumerate(stack())]),
    ])


def cached():
    @functools.lru_cache(maxsize=None)
    def f(x):
        plain()
        return x
    f(1)
    f(2)


def recursive_repr():
    class R:
        def __repr__(self):
            plain()
            return "r"
    str([R(), (R(),)])


def all_of_it():
    for _ in range(3):
        plain()
    nested(5)
    nested(60)
    by_sort()
    type("Derived", (Base,), {})
    t = Thing()
    t.value
    [t] == [Thing()]
    del t
    list(generate(2))
    list(delegate())
    for _ in generate(2):
        plain()
    [plain() for _ in range(2)]
    {i: plain() for i in range(2)}
    (lambda: plain())()
    by_exception()
    by_exec()
    in_many_lines()
    cached()
    recursive_repr()


all_of_it()
asyncio.run(outer())
threads = [threading.Thread(target=all_of_it if i == 0 else plain) for i in range(2)]
for t in threads:
    t.start()
    t.join()
for one in told:
    print(json.dumps(one))
