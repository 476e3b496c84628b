/* SPDX-License-Identifier: MIT
 *
 * Whether a store is on a network file system, by what the system says of it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/file.h"
#include "base/memory.h"
#include "results/store_internal.h"

#define FUSE_TYPE 0x65735546UL /* of all file systems that are programs, local ones too */

static const struct {
	unsigned long type;
	const char *name;
} network_types[] = {
	{0x6969, "NFS"},	{0xff534d42, "CIFS"},	{0xfe534d42, "SMB2"},  {0x517b, "SMB"},
	{0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"},	{0x00c36400, "Ceph"},  {0x5346414f, "AFS"},
	{0x01021997, "9P"},	{0x19830326, "BeeGFS"}, {0xaad7aaea, "PanFS"},
};

static const struct {
	const char *mounted_as, *name;
} network_programs[] = {
	{"fuse.sshfs", "SSHFS"},   {"fuse.glusterfs", "GlusterFS"}, {"fuse.ceph-fuse", "Ceph"},
	{"fuse.mfs", "MooseFS"},   {"fuse.juicefs", "JuiceFS"},	    {"fuse.s3fs", "s3fs"},
	{"fuse.rclone", "rclone"}, {"fuse.gcsfuse", "gcsfuse"},
};

const char *store_network_of_type(unsigned long type)
{
	for (size_t i = 0; i < ARRAY_SIZE(network_types); i++)
		if (network_types[i].type == type)
			return network_types[i].name;
	return NULL;
}

static const char *name_of_program(const char *type, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(network_programs); i++)
		if (strlen(network_programs[i].mounted_as) == length &&
		    memcmp(network_programs[i].mounted_as, type, length) == 0)
			return network_programs[i].name;
	return NULL;
}

/* A line is "ID PARENT MAJOR:MINOR ROOT PLACE OPTIONS... - TYPE SOURCE OPTIONS"; blanks within a
 * field are written \040. */
const char *store_network_of_mount(const char *mounts, unsigned major, unsigned minor)
{
	for (const char *line = mounts; line; line = strchr(line, '\n')) {
		const char *type;
		unsigned a, b;

		line += *line == '\n';
		if (sscanf(line, "%*u %*u %u:%u", &a, &b) != 2 || a != major || b != minor)
			continue;
		type = strstr(line, " - ");
		return type ? name_of_program(type + 3, strcspn(type + 3, " \n")) : NULL;
	}
	return NULL;
}

const char *store_network_of(const char *path)
{
	struct text mounts = {0};
	struct error ignored = ERROR_INIT;
	const char *name = NULL;
	struct stat status;
	struct statfs fs;
	unsigned long type;

	if (statfs(path, &fs) < 0 || stat(path, &status) < 0)
		return NULL;
	type = (unsigned long)fs.f_type & 0xffffffffUL;
	if (type != FUSE_TYPE)
		return store_network_of_type(type);
	if (file_read(&mounts, "/proc/self/mountinfo", &ignored) == 0)
		name = store_network_of_mount(mounts.data, major(status.st_dev),
					      minor(status.st_dev));
	text_release(&mounts);
	return name;
}
