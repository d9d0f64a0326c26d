/* arm64: what has to be assembly. Order of the registers in memory: x19 to x30, sp, d8 to d15, fpcr. */
__asm__(
    ".text\n"
    ".globl save_registers\n.hidden save_registers\n.type save_registers, %function\n"
    "save_registers:\n"
    " stp x19, x20, [x0, #0]\n stp x21, x22, [x0, #16]\n stp x23, x24, [x0, #32]\n stp x25, x26, [x0, #48]\n"
    " stp x27, x28, [x0, #64]\n stp x29, x30, [x0, #80]\n mov x1, sp\n str x1, [x0, #96]\n"
    " stp d8, d9, [x0, #104]\n stp d10, d11, [x0, #120]\n stp d12, d13, [x0, #136]\n stp d14, d15, [x0, #152]\n"
    " mrs x1, fpcr\n str x1, [x0, #168]\n"
    " mov w0, #0\n ret\n"
    ".globl load_registers\n.hidden load_registers\n.type load_registers, %function\n"
    "load_registers:\n"
    " ldp d8, d9, [x0, #104]\n ldp d10, d11, [x0, #120]\n ldp d12, d13, [x0, #136]\n ldp d14, d15, [x0, #152]\n"
    " ldp x19, x20, [x0, #0]\n ldp x21, x22, [x0, #16]\n ldp x23, x24, [x0, #32]\n ldp x25, x26, [x0, #48]\n"
    " ldp x27, x28, [x0, #64]\n ldp x29, x30, [x0, #80]\n ldr x1, [x0, #96]\n mov sp, x1\n"
    " ldr x1, [x0, #168]\n msr fpcr, x1\n"
    " mov w0, #1\n ret\n"
    ".globl image_entry\n.hidden image_entry\n.type image_entry, %function\n"
    "image_entry:\n mov x29, #0\n mov x0, sp\n bl restore\n brk #1\n");
