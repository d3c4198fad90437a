package frames

import (
	"strings"

	"heapprof/internal/profile"
)

// javaLibrary is what the library that comes with Java is called, as a package.
const javaLibrary = "java"

// javaPackages begin the names of what is in the library that comes with Java, but for the programs that are written in Java
// itself and come with it, too, as its compiler is.
var (
	javaPackages = []string{"java.", "javax.", "jdk.", "sun.", "com.sun."}
	javaPrograms = []string{"com.sun.tools.", "jdk.tools.", "jdk.jshell.", "jdk.internal.jshell.", "sun.tools.", "sun.jvm.hotspot."}
)

// isJavaLibrary reports whether a function, by its name within its class and package, is one of the library that comes with Java. That is
// what programs call to allocate: to make a buffer, four functions of it call each other.
func isJavaLibrary(function string) bool {
	return hasAnyPrefix(function, javaPackages) && !hasAnyPrefix(function, javaPrograms)
}

// packageOf returns the package of a function, by its name within its class and package: "io.netty.buffer" of
// "io.netty.buffer.PoolArena.allocate"; "" where it is in none.
func packageOf(function string) string {
	class := function[:max(strings.LastIndexByte(function, '.'), 0)]
	return class[:max(strings.LastIndexByte(class, '.'), 0)]
}

// markJava does what markScript does for a frame of a function in Java. Which packages are of others nothing tells but their
// names, so that only those of Java's own library are.
func (o *ownership) markJava(d *profile.Frame, f *Frame) {
	in := packageOf(f.Function)
	f.Dir = strings.ReplaceAll(in, ".", "/")
	if f.Plumbing {
		f.Crate.Name = javaLibrary
	} else {
		f.Crate.Name = in
		f.Own, f.local = true, true
	}
	if o.named != nil {
		f.Own = o.isNamed(d, f)
	}
	f.Plumbing = f.Plumbing || o.rules.isPlumbing(f)
	f.Own = f.Own && !f.Plumbing
}
