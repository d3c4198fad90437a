// Two methods of one name, each in its type.
module modules;
struct Texture { int create(int n) { return n + 1; } }
struct Mesh { int create(int n) { return n + 2; } }
int create(int n) { return n + 3; }
extern (C) int main(int argc, char** argv) {
	Texture t;
	Mesh m;
	return t.create(argc) + m.create(argc) + create(argc) > 100;
}
