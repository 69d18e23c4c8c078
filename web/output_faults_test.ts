import { testOutputFaults } from "../testing/output_faults.ts";
import { WRITING_COMMANDS } from "../testing/writing_commands.ts";

testOutputFaults(WRITING_COMMANDS.filter(({ isWeb }) => isWeb));
