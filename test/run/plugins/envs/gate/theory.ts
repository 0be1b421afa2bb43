/** The open gate lets through whoever the moat does not stop: nobody can do more than push. */
export const bestResponse = ({ moat }: { moat: number }) => ({ peace: moat });
