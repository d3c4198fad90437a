import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntSupplier;

/**
 * Allocates outside of Java's heap from all sorts of functions, often enough that they are compiled meanwhile, and counts by the stack
 * that Java itself tells: each line that it prints is the bytes of one, and its functions, innermost first, as
 * class.function:line. To be run with -XX:+UnlockDiagnosticVMOptions -XX:+ShowHiddenFrames.
 */
public class Traced {
	static final Map<String, long[]> counted = new HashMap<>();

	interface Shape {
		int make(int bytes);
	}

	static class Square implements Shape {
		public int make(int bytes) {
			return note(new Throwable(), bytes) + ByteBuffer.allocateDirect(bytes).capacity();
		}
	}

	static class Circle implements Shape {
		public synchronized int make(int bytes) {
			try {
				return note(new Throwable(), bytes) + ByteBuffer.allocateDirect(bytes).capacity();
			} finally {
				rounds++;
			}
		}
	}

	/** Comes late, so that what was compiled without it is compiled anew. */
	static class Line extends Square {
		static final int made = made(904);

		public int make(int bytes) {
			return super.make(bytes + 16);
		}
	}

	static int rounds;

	static int made(int bytes) {
		return note(new Throwable(), bytes) + ByteBuffer.allocateDirect(bytes).capacity();
	}

	/** Counts for the line that calls it, which is to allocate so many bytes. */
	static synchronized int note(Throwable here, int bytes) {
		StringBuilder s = new StringBuilder();
		for (StackTraceElement e : here.getStackTrace()) s.append(' ').append(e.getClassName()).append('.').append(e.getMethodName()).append(':').append(Math.max(e.getLineNumber(), 0));
		counted.computeIfAbsent(s.toString(), k -> new long[1])[0] += bytes;
		return 0;
	}

	static int recurse(int depth, int bytes) {
		if (depth == 0) return made(bytes);
		return 1 + recurse(depth - 1, bytes);
	}

	static int get(Shape s, int bytes) {
		return s.make(bytes);
	}

	static int thrown(int bytes) {
		try {
			throw new IllegalStateException();
		} catch (IllegalStateException e) {
			return note(new Throwable(), bytes) + ByteBuffer.allocateDirect(bytes).capacity();
		}
	}

	static int sorted(int bytes) {
		Integer[] two = {2, 1};
		Arrays.sort(two, (a, b) -> {
			made(bytes);
			return a - b;
		});
		return two[0];
	}

	public static void main(String[] args) throws Throwable {
		int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 6000;
		Shape[] shapes = {new Square(), new Circle()};
		MethodHandle handle = MethodHandles.lookup().findStatic(Traced.class, "made", MethodType.methodType(int.class, int.class));
		Method method = Traced.class.getDeclaredMethod("made", int.class);
		long sum = 0;
		for (int i = 0; i < rounds; i++) {
			int bytes = 1000 + i % 7 * 8;
			sum += recurse(i % 40, bytes);
			sum += get(shapes[i % shapes.length], bytes);
			sum += thrown(bytes);
			sum += sorted(bytes);
			IntSupplier lambda = () -> made(bytes);
			sum += lambda.getAsInt();
			sum += (int) handle.invokeExact(bytes);
			sum += (Integer) method.invoke(null, bytes);
			if (i == rounds / 2) shapes = new Shape[] {new Square(), new Circle(), new Line()};
		}
		Thread other = new Thread(() -> {
			for (int i = 0; i < 500; i++) made(904);
		});
		other.start();
		other.join();
		new TreeMap<>(counted).forEach((stack, bytes) -> System.out.println(bytes[0] + stack));
		System.err.println(sum);
	}
}
