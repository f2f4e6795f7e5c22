/** The hosted page where a customer connects apps. */
export const Portal = () => <main />
