import { PasswordField } from '@/ui'

/** The server refuses shorter ones, too. */
const SHORTEST = 10

/** What is wrong with a new password before it is sent. */
export const passwordProblem = (password: string) =>
  password.length < SHORTEST ? `Use at least ${SHORTEST} characters.` : undefined

type NewPasswordProps = {
  name: string
  value: string
  onChange: (value: string) => void
  error?: string
  label?: string
  autoFocus?: boolean
}

export const NewPassword = ({ label = 'Password', ...rest }: NewPasswordProps) => (
  <PasswordField
    {...rest}
    label={label}
    help={`At least ${SHORTEST} characters. A sentence that only you know is a good one.`}
    autoComplete="new-password"
    minLength={SHORTEST}
    required
  />
)
