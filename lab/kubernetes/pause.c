/* The first process of every pod: it holds the pod's namespaces, reaps what is left to it, and ends when it is told to. */
#include <signal.h>
#include <sys/wait.h>

int main(void) {
    sigset_t signals;
    int signal = SIGCHLD;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    /* Blocked and waited for, because the first process of a namespace gets no signal that it has not asked for. */
    sigprocmask(SIG_BLOCK, &signals, 0);
    while (signal == SIGCHLD) {
        while (waitpid(-1, 0, WNOHANG) > 0) {
        }
        sigwait(&signals, &signal);
    }
    return 0;
}
