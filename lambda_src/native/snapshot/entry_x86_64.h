/* x86-64: what has to be assembly. Order of the registers in memory: rbx rbp r12 r13 r14 r15 rsp rip, and the two words that
 * say how numbers are rounded and which floating-point exceptions trap (System V ABI, AMD64 supplement, 3.2.1). */
__asm__(
    ".text\n"
    ".globl save_registers\n.hidden save_registers\n.type save_registers, @function\n"
    "save_registers:\n"
    " mov %rbx, 0(%rdi)\n mov %rbp, 8(%rdi)\n mov %r12, 16(%rdi)\n mov %r13, 24(%rdi)\n"
    " mov %r14, 32(%rdi)\n mov %r15, 40(%rdi)\n"
    " lea 8(%rsp), %rax\n mov %rax, 48(%rdi)\n"  /* the stack pointer after the return */
    " mov (%rsp), %rax\n mov %rax, 56(%rdi)\n"   /* where it returns to */
    " stmxcsr 64(%rdi)\n fnstcw 68(%rdi)\n"
    " xor %eax, %eax\n ret\n"
    ".globl load_registers\n.hidden load_registers\n.type load_registers, @function\n"
    "load_registers:\n"
    " mov 0(%rdi), %rbx\n mov 8(%rdi), %rbp\n mov 16(%rdi), %r12\n mov 24(%rdi), %r13\n"
    " mov 32(%rdi), %r14\n mov 40(%rdi), %r15\n mov 48(%rdi), %rsp\n"
    " ldmxcsr 64(%rdi)\n fldcw 68(%rdi)\n"
    " mov $1, %eax\n jmp *56(%rdi)\n"
    /* The kernel enters here: the stack holds argc, argv, envp and auxv, and nothing else is defined. */
    ".globl image_entry\n.hidden image_entry\n.type image_entry, @function\n"
    "image_entry:\n xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call restore\n hlt\n");
