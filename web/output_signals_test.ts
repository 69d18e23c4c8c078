import { testOutputSignals } from "../testing/output_signals.ts";
import { WRITING_COMMANDS } from "../testing/writing_commands.ts";

testOutputSignals(WRITING_COMMANDS.filter(({ isWeb }) => isWeb));
