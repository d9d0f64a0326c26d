"""What code that runs at build time finds in its environment.

Source of the names: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from pathlib import Path

from constructs_lib.bundling.inside import TASK_ROOT
from constructs_lib.bundling.recipe import RuntimeRecipe

# Libraries that look at the processor, or start a thread per processor, when they are loaded. The baseline is x86-64-v3
# with AES, PCLMUL and without what later processors added: Lambda's fleet is mixed. Of OPENSSL_ia32cap the two words are
# CPUID leaf 1 (EDX, ECX) and leaf 7 (EBX, ECX), https://docs.openssl.org/master/man3/OPENSSL_ia32cap/; cleared are RDRAND;
# RDSEED, ADX, SHA, every AVX-512, VAES, VPCLMULQDQ, GFNI.
BASELINE = {
    "OPENSSL_ia32cap": "~0x4000000000000000:~0x00005f42fc2f0000",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_KNL AVX512_KNM AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL "
    "AVX512_SPR X86_V4",
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_MAX_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
}
BASELINE_PROCESSOR = "x86-64-v3 with AES and PCLMUL (Intel Haswell of 2013, AMD Excavator of 2015, or later)"
BUILDERS_PROCESSOR = "one with every instruction that the builder's has"
# The same in every execution environment of an OS-only runtime, unless the function's configuration says otherwise.
KNOWN = {
    "LAMBDA_TASK_ROOT": TASK_ROOT,
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
}
_UNKNOWN = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_REGION", "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "_X_AMZN_TRACE_ID",
    "PATH", "LD_LIBRARY_PATH",
)  # fmt: skip


def at_build_time(recipe: RuntimeRecipe) -> dict[str, str | None]:
    """The variables of a function, with the values that code at build time may rely on; None for those it may not.

    Where the handler is imported at start, its variables are of no use before, and one artifact serves every environment
    that differs in their values: only the names count.
    """
    own = {
        name: value if recipe.initialize_at_build_time else None for name, value in recipe.environment.items()
    }
    # A layer serves many handlers.
    return {**dict.fromkeys(_UNKNOWN), **KNOWN, "_HANDLER": recipe.handler or None, **own}


def processor() -> str:
    """What the entry of an image that is made here asks the processor for, before anything else (processor.c)."""
    can_hide = "cpuid_fault" in Path("/proc/cpuinfo").read_text().split()
    return BASELINE_PROCESSOR if can_hide else BUILDERS_PROCESSOR


def with_placeholders(variables: dict[str, str | None]) -> dict[str, str]:
    """An environment for a process that is to be looked at, with something in place of what is not known.

    It has one invocation at a time, and nothing in front of the runtime.
    """
    known = {name: "placeholder" if value is None else value for name, value in variables.items()}
    return {**known, "AWS_LAMBDA_MAX_CONCURRENCY": "", "THAW_WRAPPED": "1"}
