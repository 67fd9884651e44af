/* Counts the durable operations of a process below one folder, and ends it, or fails, at the one it is told.

   CRASH_BELOW  the folder, absolute, links resolved
   CRASH_POINT  the number of the operation, from 1; 0 only counts
   CRASH_HOW    before, after, torn: end the process there
                full, readonly: from there on, what takes room or makes a name fails
                eio: this one operation fails
   CRASH_LOG    a file to append each operation to: number, name, path, second path or offset, length
   CRASH_DATA   a file to append the bytes written to
   CRASH_WIRE   a folder instead: counted are the messages sent to the Unix sockets in it
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum how { COUNT, BEFORE, AFTER, TORN, FULL, READONLY, EIO_ONCE };
enum kind { DATA, NAME, SYNC, GONE };

static pthread_mutex_t noting = PTHREAD_MUTEX_INITIALIZER;
static int counted, armed, point, log_fd = -1, data_fd = -1;
static enum how how;
static const char *below, *wire;

static void leave(void) { syscall(SYS_exit_group, 137); }

static void arm(void)
{
    const char *text = getenv("CRASH_HOW"), *at = getenv("CRASH_POINT");
    if (armed || !at) return;
    below = getenv("CRASH_BELOW");
    wire = getenv("CRASH_WIRE");
    point = atoi(at);
    const char *names[] = {"count", "before", "after", "torn", "full", "readonly", "eio"};
    for (int i = 0; i < 7; i++) if (text && !strcmp(text, names[i])) how = i;
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    if (getenv("CRASH_LOG")) log_fd = syscall(SYS_openat, AT_FDCWD, getenv("CRASH_LOG"), flags, 0644);
    if (getenv("CRASH_DATA")) data_fd = syscall(SYS_openat, AT_FDCWD, getenv("CRASH_DATA"), flags, 0644);
    armed = 1;
}

static int within(const char *path, const char *folder)
{
    size_t length = folder ? strlen(folder) : 0;
    return length && !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

/* The path of an open file; 0 unless it is below the folder and still has a name. */
static int of_fd(int fd, char *path)
{
    char link[40];
    arm();
    if (!armed || !below) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return within(path, below) && !strstr(path, " (deleted)");
}

static int of_name(int dir, const char *name, char *path)
{
    arm();
    if (!armed || !below || !name) return 0;
    if (name[0] == '/') snprintf(path, PATH_MAX, "%s", name);
    else {
        char at[PATH_MAX], link[40];
        snprintf(link, sizeof link, dir == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", dir);
        ssize_t length = readlink(link, at, PATH_MAX - 1);
        if (length < 0) return 0;
        at[length] = 0;
        if (snprintf(path, PATH_MAX, "%s/%s", at, name) >= PATH_MAX) return 0;
    }
    return within(path, below);
}

/* Count an operation: 0 go on, 1 end after it, 2 write half and end, 3 fail with errno. */
static int noted(enum kind kind, const char *op, const char *path, const char *more, long long length, const void *bytes)
{
    pthread_mutex_lock(&noting);
    int number = ++counted;
    if (log_fd >= 0) {
        char line[3 * PATH_MAX];
        int size = snprintf(line, sizeof line, "%d\t%s\t%s\t%s\t%lld\n", number, op, path, more, length);
        syscall(SYS_write, log_fd, line, size);
    }
    if (bytes && data_fd >= 0) syscall(SYS_write, data_fd, bytes, length);
    pthread_mutex_unlock(&noting);
    if (!point || number < point) return 0;
    if (how == FULL || how == READONLY) {
        if (kind == SYNC || (kind == GONE && how == FULL)) return 0;
        errno = how == FULL ? ENOSPC : EROFS;
        return 3;
    }
    if (number > point) return 0;
    if (how == EIO_ONCE) { errno = EIO; return 3; }
    if (how == BEFORE || (how == TORN && kind != DATA)) leave();
    return how == AFTER ? 1 : how == TORN ? 2 : 0;
}

static int step(enum kind kind, const char *op, const char *path, const char *more, long long length)
{
    return noted(kind, op, path, more, length, NULL);
}

#define REAL(result, name, ...) static result (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)
#define ENDED(does, result) do { if ((does) == 1) leave(); return result; } while (0)

static int write_step(const char *op, const char *path, int fd, long long at, const void *bytes, size_t length)
{
    char offset[32];
    if (at < 0) {
        int flags = fcntl(fd, F_GETFL);
        at = lseek(fd, 0, flags >= 0 && (flags & O_APPEND) ? SEEK_END : SEEK_CUR);
    }
    snprintf(offset, sizeof offset, "%lld", at);
    return noted(DATA, op, path, offset, length, bytes);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    char path[PATH_MAX];
    if (!of_fd(fd, path)) return real(fd, bytes, length);
    int does = write_step("write", path, fd, -1, bytes, length);
    if (does == 3) return -1;
    if (does == 2) { real(fd, bytes, length / 2); leave(); }
    ssize_t done = real(fd, bytes, length);
    ENDED(does, done);
}

#define PWRITE(name) \
ssize_t name(int fd, const void *bytes, size_t length, off64_t at) \
{ \
    REAL(ssize_t, #name, int, const void *, size_t, off64_t); \
    char path[PATH_MAX]; \
    if (!of_fd(fd, path)) return real(fd, bytes, length, at); \
    int does = write_step("pwrite", path, fd, at, bytes, length); \
    if (does == 3) return -1; \
    if (does == 2) { real(fd, bytes, length / 2, at); leave(); } \
    ssize_t done = real(fd, bytes, length, at); \
    ENDED(does, done); \
}
PWRITE(pwrite)
PWRITE(pwrite64)

/* Several pieces: counted as one operation, torn after the first. */
static ssize_t pieces(int fd, const struct iovec *list, int count, long long at)
{
    char path[PATH_MAX], *joined;
    size_t length = 0, before = 0;
    (void) of_fd(fd, path);
    for (int i = 0; i < count; i++) length += list[i].iov_len;
    joined = malloc(length + 1);
    for (int i = 0; i < count; before += list[i++].iov_len) memcpy(joined + before, list[i].iov_base, list[i].iov_len);
    int does = write_step("writev", path, fd, at, joined, length);
    ssize_t done = -1;
    size_t most = does == 2 ? length / 2 : length;
    if (does != 3) done = at < 0 ? syscall(SYS_write, fd, joined, most) : syscall(SYS_pwrite64, fd, joined, most, at);
    free(joined);
    if (does == 1 || does == 2) leave();
    return done;
}

ssize_t writev(int fd, const struct iovec *list, int count)
{
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    char path[PATH_MAX];
    return of_fd(fd, path) ? pieces(fd, list, count, -1) : real(fd, list, count);
}

#define PWRITEV(name) \
ssize_t name(int fd, const struct iovec *list, int count, off64_t at) \
{ \
    REAL(ssize_t, #name, int, const struct iovec *, int, off64_t); \
    char path[PATH_MAX]; \
    return of_fd(fd, path) ? pieces(fd, list, count, at) : real(fd, list, count, at); \
}
PWRITEV(pwritev)
PWRITEV(pwritev64)

#define SYNCED(name) \
int name(int fd) \
{ \
    REAL(int, #name, int); \
    char path[PATH_MAX]; \
    if (!of_fd(fd, path)) return real(fd); \
    int does = step(SYNC, "fsync", path, "", 0); \
    if (does == 3) return -1; \
    int done = real(fd); \
    ENDED(does, done); \
}
SYNCED(fsync)
SYNCED(fdatasync)

#define SIZED(name) \
int name(int fd, off64_t length) \
{ \
    REAL(int, #name, int, off64_t); \
    char path[PATH_MAX]; \
    if (!of_fd(fd, path)) return real(fd, length); \
    int does = step(GONE, "ftruncate", path, "", length); \
    if (does == 3) return -1; \
    int done = real(fd, length); \
    ENDED(does, done); \
}
SIZED(ftruncate)
SIZED(ftruncate64)

#define ALLOCATED(name) \
int name(int fd, int mode, off64_t at, off64_t length) \
{ \
    REAL(int, #name, int, int, off64_t, off64_t); \
    char path[PATH_MAX]; \
    if (!of_fd(fd, path)) return real(fd, mode, at, length); \
    int does = step(DATA, "fallocate", path, "", at + length); \
    if (does == 3) return -1; \
    if (does == 2) leave(); \
    int done = real(fd, mode, at, length); \
    ENDED(does, done); \
}
ALLOCATED(fallocate)
ALLOCATED(fallocate64)

#define PRE_ALLOCATED(name) \
int name(int fd, off64_t at, off64_t length) \
{ \
    REAL(int, #name, int, off64_t, off64_t); \
    char path[PATH_MAX]; \
    if (!of_fd(fd, path)) return real(fd, at, length); \
    int does = step(DATA, "fallocate", path, "", at + length); \
    if (does == 3) return errno; \
    if (does == 2) leave(); \
    int done = real(fd, at, length); \
    ENDED(does, done); \
}
PRE_ALLOCATED(posix_fallocate)
PRE_ALLOCATED(posix_fallocate64)

static int open_step(int dir, const char *name, int flags, char *path)
{
    int makes = (flags & (O_CREAT | O_TRUNC)) != 0, writes = (flags & O_ACCMODE) != O_RDONLY;
    if (!of_name(dir, name, path)) return 0;
    if (!makes) {
        if (writes && how == READONLY && point) { errno = EROFS; return 3; }
        return 0;
    }
    return step(NAME, flags & O_TRUNC ? "create" : "open", path, "", 0);
}

#define OPENED(name, given, passed, at, file) \
int name given \
{ \
    REAL(int, #name, OPEN_TYPES_##name); \
    char path[PATH_MAX]; \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
    int does = open_step(at, file, flags, path); \
    if (does == 3) return -1; \
    int done = real passed; \
    ENDED(does, done); \
}
#define OPEN_TYPES_open const char *, int, ...
#define OPEN_TYPES_open64 const char *, int, ...
#define OPEN_TYPES_openat int, const char *, int, ...
#define OPEN_TYPES_openat64 int, const char *, int, ...
OPENED(open, (const char *name, int flags, ...), (name, flags, mode), AT_FDCWD, name)
OPENED(open64, (const char *name, int flags, ...), (name, flags, mode), AT_FDCWD, name)
OPENED(openat, (int dir, const char *name, int flags, ...), (dir, name, flags, mode), dir, name)
OPENED(openat64, (int dir, const char *name, int flags, ...), (dir, name, flags, mode), dir, name)

#define STREAMED(fun) \
FILE *fun(const char *name, const char *mode) \
{ \
    REAL(FILE *, #fun, const char *, const char *); \
    char path[PATH_MAX]; \
    int does = mode[0] == 'r' ? 0 : open_step(AT_FDCWD, name, O_CREAT | O_WRONLY | (mode[0] == 'w' ? O_TRUNC : 0), path); \
    if (does == 3) return NULL; \
    FILE *done = real(name, mode); \
    ENDED(does, done); \
}
STREAMED(fopen)
STREAMED(fopen64)

/* Two names: the first is what is counted. */
#define MOVED(fun, op, given, types, passed, old_dir, old, new_dir, new) \
int fun given \
{ \
    REAL(int, #fun, types); \
    char path[PATH_MAX], other[PATH_MAX]; \
    int known = of_name(old_dir, old, path), target = of_name(new_dir, new, other); \
    if (!known && !target) return real passed; \
    int does = step(NAME, op, path, other, 0); \
    if (does == 3) return -1; \
    int done = real passed; \
    ENDED(does, done); \
}
#define TYPES(...) __VA_ARGS__
MOVED(rename, "rename", (const char *old, const char *new), TYPES(const char *, const char *), (old, new),
      AT_FDCWD, old, AT_FDCWD, new)
MOVED(link, "link", (const char *old, const char *new), TYPES(const char *, const char *), (old, new),
      AT_FDCWD, old, AT_FDCWD, new)
MOVED(renameat, "rename", (int from, const char *old, int to, const char *new),
      TYPES(int, const char *, int, const char *), (from, old, to, new), from, old, to, new)
MOVED(renameat2, "rename", (int from, const char *old, int to, const char *new, unsigned flags),
      TYPES(int, const char *, int, const char *, unsigned), (from, old, to, new, flags), from, old, to, new)

#define REMOVED(fun, kind, op, given, types, passed, dir) \
int fun given \
{ \
    REAL(int, #fun, types); \
    char path[PATH_MAX]; \
    if (!of_name(dir, name, path)) return real passed; \
    int does = step(kind, op, path, "", 0); \
    if (does == 3) return -1; \
    int done = real passed; \
    ENDED(does, done); \
}
REMOVED(unlink, GONE, "unlink", (const char *name), TYPES(const char *), (name), AT_FDCWD)
REMOVED(remove, GONE, "unlink", (const char *name), TYPES(const char *), (name), AT_FDCWD)
REMOVED(rmdir, GONE, "rmdir", (const char *name), TYPES(const char *), (name), AT_FDCWD)
REMOVED(unlinkat, GONE, "unlink", (int at, const char *name, int flags), TYPES(int, const char *, int), (at, name, flags), at)
REMOVED(mkdir, NAME, "mkdir", (const char *name, mode_t mode), TYPES(const char *, mode_t), (name, mode), AT_FDCWD)
REMOVED(mkdirat, NAME, "mkdir", (int at, const char *name, mode_t mode), TYPES(int, const char *, mode_t), (at, name, mode), at)

/* Messages to a server behind a Unix socket: its disk is its own, what can be cut here is the conversation.
 * Where a disk would refuse, the server hangs up. */
static int to_wire(int fd)
{
    struct sockaddr_un peer;
    socklen_t size = sizeof peer;
    arm();
    if (!armed || !wire || getpeername(fd, (struct sockaddr *) &peer, &size)) return 0;
    return peer.sun_family == AF_UNIX && within(peer.sun_path, wire);
}

#define SENT(fun, given, types, passed, half) \
ssize_t fun given \
{ \
    REAL(ssize_t, #fun, types); \
    if (!to_wire(fd)) return real passed; \
    int does = step(DATA, "send", "the server", "", length); \
    if (does == 3) { shutdown(fd, SHUT_RDWR); errno = ECONNRESET; return -1; } \
    if (does == 2) { real half; leave(); } \
    ssize_t done = real passed; \
    ENDED(does, done); \
}
SENT(send, (int fd, const void *bytes, size_t length, int flags), TYPES(int, const void *, size_t, int),
     (fd, bytes, length, flags), (fd, bytes, length / 2, flags))
SENT(sendto, (int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size),
     TYPES(int, const void *, size_t, int, const struct sockaddr *, socklen_t),
     (fd, bytes, length, flags, to, size), (fd, bytes, length / 2, flags, to, size))
