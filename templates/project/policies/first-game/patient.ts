import { perRow } from "masque";

// Grabs in every third step only: what the guard sees of it is rare.
const patient = () =>
  perRow((_obs, _from, row, { state }) => {
    state[row] = (state[row] + 1) % 3;
    return state[row] === 0 ? 1 : 0;
  }, 1);

export default {
  attacks: { patient: { summary: "grabs in every third step", roles: { thief: patient } } },
};
