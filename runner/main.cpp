#include "runner/command_line.h"

int main(int argc, char** argv) { return deepobs::command_line(argc, argv); }
