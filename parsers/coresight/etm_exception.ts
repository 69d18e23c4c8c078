/** Names of the exception types of A profile, as OpenCSD has them, by type. */
const NAMES: Readonly<Record<number, string>> = {
  0: "PE Reset",
  1: "Debug Halt",
  2: "Call",
  3: "Trap",
  4: "System Error",
  6: "Inst Debug",
  7: "Data Debug",
  10: "Alignment",
  11: "Inst Fault",
  12: "Data Fault",
  14: "IRQ",
  15: "FIQ",
};

/** Name of an exception type; `Reserved` for those without one. Source: Arm IHI 0064, I_EXCEPT. */
export function exceptionName(type: number): string {
  return NAMES[type] ?? "Reserved";
}
