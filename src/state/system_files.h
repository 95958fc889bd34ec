/* The implementation of struct files by the operating system. */
#ifndef HOLYSHEEP_SYSTEM_FILES_H
#define HOLYSHEEP_SYSTEM_FILES_H

#include "model/files.h"

extern const struct files system_files;

#endif
