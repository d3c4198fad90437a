# Threads that do the same work again and again and compare its results: objects, strings, JSON, compression, a database, exceptions, recursion, a
# child now and then, and threads that come and go. What it writes is what internal/attachtest asks of a "teller". The argument is how many
# microseconds a thread rests after each turn.
import ctypes, hashlib, json, os, random, re, select, signal, sqlite3, subprocess, sys, threading, time, zlib

rest = int(sys.argv[1]) / 1e6
over = False
turns, wrong = [0] * 4, [0] * 4
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]


def deep(n):
    return [n, deep(n - 1)] if n else []


def fails(n):
    if n == 0:
        raise KeyError("at the bottom " * 10)
    try:
        return fails(n - 1)
    finally:
        str(n) * 10


def objects():
    r = random.Random(7)
    d = {str(i): [i, "x" * r.randrange(500), {"n": i}] for i in range(300)}
    text = json.dumps(d, sort_keys=True)
    return hashlib.sha256(json.dumps(json.loads(text), sort_keys=True).encode()).hexdigest()


def bytes_():
    r = random.Random(9)
    data = bytes(r.randrange(256) for _ in range(2000)) * 20
    packed = zlib.compress(data, 6)
    blocks = [libc.malloc(n) for n in range(1, 200)]
    for b in blocks:
        ctypes.memset(b, 1, 1)
        libc.free(b)
    return zlib.crc32(zlib.decompress(packed)), len(packed)


def database():
    c = sqlite3.connect(":memory:")
    c.execute("create table t (a integer, b text)")
    c.executemany("insert into t values (?, ?)", [(i, "v%d" % (i * i)) for i in range(200)])
    try:
        c.execute("insert into nothing values (1)")
    except sqlite3.OperationalError as e:
        text = str(e)
    sums = c.execute("select sum(a), count(distinct b), max(length(b)) from t where b like 'v1%'").fetchone()
    c.close()
    return sums, text


def errors():
    seen = 0
    for n in range(30):
        try:
            fails(n)
        except KeyError as e:
            seen += len(str(e))
    a = deep(200)
    words = re.findall(r"(\w+)-(\d+)", "one-1 two-22 three-333 " * 20)
    return seen, len(a), len(words)


def works(i, work):
    first = work()
    while not over:
        result = work()
        if result != first:
            wrong[i] += 1
        turns[i] += 1
        if i == 0 and turns[0] % 50 == 0:
            t = threading.Thread(target=work)
            t.start()
            t.join()
        if i == 1 and turns[1] % 200 == 0:
            if subprocess.run(["/bin/echo", "x"], capture_output=True).stdout != b"x\n":
                wrong[i] += 1
        if i == 2 and turns[2] % 300 == 0:
            pid = os.fork()
            if pid == 0:
                os._exit(7 if database() == first else 8)
            if os.waitpid(pid, 0)[1] != 7 << 8:
                wrong[i] += 1
        time.sleep(rest)


def tell(how="w"):
    sys.stdout.write("turns=%d wrong=%d\n" % (sum(turns), sum(wrong)))
    sys.stdout.flush()


threads = [threading.Thread(target=works, args=(i, w)) for i, w in enumerate([objects, bytes_, database, errors])]
for t in threads:
    t.start()
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0.02)[0]:
    tell()
over = True
for t in threads:
    t.join()
tell()
