/* Stands in for NVIDIA's driver, which libmindspore of mindspore-gpu is linked with; nothing here is called on a CPU. */
int cuDeviceGetAttribute(void) { return 100; } /* CUDA_ERROR_NO_DEVICE */
int cuDeviceGetName(void) { return 100; }
int cuGetErrorName(void) { return 100; }
int cuLaunchKernel(void) { return 100; }
int cuMemsetD32_v2(void) { return 100; }
int cuModuleGetFunction(void) { return 100; }
int cuModuleGetGlobal_v2(void) { return 100; }
int cuModuleLoadData(void) { return 100; }
int cuModuleLoadDataEx(void) { return 100; }
int cuModuleUnload(void) { return 100; }
