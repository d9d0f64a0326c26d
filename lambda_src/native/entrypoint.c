/* The entry point of a container image: executes its arguments, on Lambda as they are, elsewhere under the emulator.
 *
 *   ENTRYPOINT ["/lambda-entrypoint", "/var/task/bootstrap"]
 *   CMD ["handler.handle"]
 *
 * Lambda sets AWS_LAMBDA_RUNTIME_API. Where it is missing, as on a developer's machine, the Runtime Interface Emulator is
 * put in front, if the image has it. The last argument is the handler, for Lambda's own images as for the emulator (its
 * main.go: "Assume last arg is the handler"), so `docker run IMAGE other.handler` and CMD overrides of the function work;
 * it is passed on as _HANDLER.
 *
 * Static, without libc: an image FROM scratch has none, and a shell would cost more than the start that it introduces.
 */

#include "system_calls.h"

#define EMULATOR "/usr/local/bin/aws-lambda-rie"
#define FAILED 127

static void say(const char *text) { call(SYS_write, 2, (long)text, length(text)); }

static const char *after(const char *text, const char *beginning) {
    while (*beginning)
        if (*text++ != *beginning++) return 0;
    return text;
}

static const char *variable(char **envp, const char *assignment) {
    for (; *envp; envp++) {
        const char *value = after(*envp, assignment);
        if (value) return value;
    }
    return 0;
}

static _Noreturn void fail(const char *program, const char *reason) {
    say("lambda-entrypoint: ");
    say(program);
    say(reason);
    call(SYS_exit, FAILED, 0, 0);
    __builtin_unreachable();
}

static char *handler_assignment(char *target, const char *handler) {
    const char *name = "_HANDLER=";
    char *end = target;
    while (*name) *end++ = *name++;
    while ((*end++ = *handler++)) {}
    return target;
}

__attribute__((used)) _Noreturn void start(long *stack) {
    long argc = stack[0];
    char **argv = (char **)(stack + 1), **envp = argv + argc + 1;
    const char *api = variable(envp, "AWS_LAMBDA_RUNTIME_API=");
    if (argc < 2) fail("there is nothing to start", "; give a program as the image's CMD or as further arguments\n");
    if (!api || !*api) {
        argv[0] = EMULATOR;
        call(SYS_execve, (long)EMULATOR, (long)argv, (long)envp);
        fail("AWS_LAMBDA_RUNTIME_API is not set, so this is not Lambda, and there is no " EMULATOR,
             "; build the image with the emulator to run it here\n");
    }
    long variables = 0;
    while (envp[variables]) variables++;
    char **environment = __builtin_alloca((variables + 2) * sizeof *environment);
    long count = 0;
    for (long i = 0; i < variables; i++)
        if (argc < 3 || !after(envp[i], "_HANDLER=")) environment[count++] = envp[i];
    if (argc >= 3) {
        const char *handler = argv[argc - 1];
        environment[count++] = handler_assignment(__builtin_alloca(length("_HANDLER=") + length(handler) + 1), handler);
    }
    environment[count] = 0;
    call(SYS_execve, (long)argv[1], (long)(argv + 1), (long)environment);
    fail(argv[1], " cannot be executed; is it there, executable, and for this processor?\n");
}
