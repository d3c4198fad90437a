// Makes blocks with operator new in the program that operator delete in a plugin frees, and the
// other way round: which is right, also where the two are bound to different definitions of
// these, which all go by malloc. The plugin is this file, built with -DPLUGIN. Arguments: the
// plugin, and "deepbind" for one that is bound past what is preloaded.
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <new>

#ifdef PLUGIN

extern "C" void *make() { return ::operator new(20); }
extern "C" void drop(void *p) { ::operator delete(p); }

#else

int main(int argc, char **argv) {
	if (argc < 3) return 2;
	void *plugin = dlopen(argv[1], RTLD_NOW | (strcmp(argv[2], "deepbind") ? 0 : RTLD_DEEPBIND));
	if (!plugin) return puts(dlerror()), 1;
	auto make = reinterpret_cast<void *(*)()>(dlsym(plugin, "make"));
	auto drop = reinterpret_cast<void (*)(void *)>(dlsym(plugin, "drop"));
	for (int i = 0; i < 10; i++) drop(::operator new(10));
	for (int i = 0; i < 5; i++) ::operator delete(make());
}

#endif
