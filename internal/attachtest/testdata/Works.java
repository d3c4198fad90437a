import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Threads that do the same work again and again and compare its results: garbage, exceptions that the machine finds (null pointers, stacks that overflow),
 * memory of the C library's (buffers, compression), threads that come and go. What it writes is what internal/attachtest asks of a "teller". The
 * argument is how many microseconds a thread rests after each turn.
 */
public class Works {
    static final AtomicBoolean over = new AtomicBoolean();
    static final AtomicLong turns = new AtomicLong(), wrong = new AtomicLong();
    static Object nothing;

    static long garbage() {
        Map<String, List<Integer>> map = new HashMap<>();
        for (int i = 0; i < 3000; i++) map.computeIfAbsent("k" + i % 97, k -> new ArrayList<>()).add(i * i);
        long sum = 0;
        for (List<Integer> l : map.values()) for (int i : l) sum += i;
        return sum;
    }

    static int deep(int n) { return n > 1_000_000 ? 0 : 1 + deep(n + 1); }

    static long failures() {
        long seen = 0;
        for (int i = 0; i < 50; i++) {
            try {
                seen += nothing.hashCode();
            } catch (NullPointerException e) {
                seen += 3;
            }
            try {
                seen += new int[i][0].length + new int[3][i % 5][4].length;
            } catch (RuntimeException e) {
                seen += 7;
            }
        }
        try {
            deep(0);
        } catch (StackOverflowError e) {
            seen += 11;
        }
        return seen;
    }

    static long memory() {
        byte[] data = new byte[20000];
        for (int i = 0; i < data.length; i++) data[i] = (byte) (i * i % 251);
        Deflater deflater = new Deflater(6);
        deflater.setInput(data);
        deflater.finish();
        byte[] packed = new byte[30000], back = new byte[20000];
        int n = deflater.deflate(packed);
        deflater.end();
        Inflater inflater = new Inflater();
        inflater.setInput(packed, 0, n);
        try {
            if (inflater.inflate(back) != back.length) return -1;
        } catch (java.util.zip.DataFormatException e) {
            return -2;
        }
        inflater.end();
        ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
        for (int i = 0; i < 4096; i++) buffer.put(back[i]);
        buffer.flip();
        long sum = n;
        while (buffer.hasRemaining()) sum = sum * 31 + buffer.get();
        return sum;
    }

    static long threads() {
        AtomicLong sum = new AtomicLong();
        Thread[] all = new Thread[4];
        for (int i = 0; i < all.length; i++) {
            int n = i;
            all[i] = new Thread(() -> sum.addAndGet(garbage() + n));
            all[i].start();
        }
        try {
            for (Thread t : all) t.join();
        } catch (InterruptedException e) {
            return -1;
        }
        return sum.get();
    }

    static void works(LongSupplier work, long rest) {
        long first = work.getAsLong();
        while (!over.get()) {
            if (work.getAsLong() != first) wrong.incrementAndGet();
            turns.incrementAndGet();
            java.util.concurrent.locks.LockSupport.parkNanos(rest * 1000);
        }
    }

    static void tell() {
        System.out.println("turns=" + turns.get() + " wrong=" + wrong.get());
        System.out.flush();
    }

    public static void main(String[] args) throws Exception {
        long rest = Long.parseLong(args[0]);
        List<Thread> all = new ArrayList<>();
        for (LongSupplier work : new LongSupplier[] {Works::garbage, Works::failures, Works::memory, Works::threads}) {
            Thread t = new Thread(() -> works(work, rest));
            t.start();
            all.add(t);
        }
        System.out.println("ready");
        Thread teller = new Thread(() -> {
            while (!over.get()) {
                tell();
                java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
            }
        });
        teller.start();
        while (System.in.read() >= 0) ;
        over.set(true);
        for (Thread t : all) t.join();
        teller.join();
        tell();
    }
}
