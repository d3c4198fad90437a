/* A library that held.cc loads: it holds a block in its own data. */
static void *plugin_block;

void plugin_keep(void *block)
{
	plugin_block = block;
}
