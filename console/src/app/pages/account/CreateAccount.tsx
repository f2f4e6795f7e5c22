import { unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { atField } from '@/api/nested'
import { useGo } from '@/app/links'
import { useScope } from '@/app/scope'
import { Button, Dialog, Notice, TextField, toast } from '@/ui'
import { type Pair, Pairs, valuesOf } from '@/ui/Pairs'
import { accountPath, useRefreshAccounts } from './accounts'

const empty = { linked_account_id: '', name: '', scope: '', udf: [] as Pair[] }

export function CreateAccount({ onClose }: { onClose: () => void }) {
  const { api } = useScope()
  const go = useGo()
  const refresh = useRefreshAccounts()
  const form = useForm(
    empty,
    async ({ linked_account_id, name, scope, udf }) => {
      const body = {
        linked_account_id: linked_account_id.trim(),
        ...(name.trim() && { name: name.trim() }),
        ...(scope.trim() && { scope: scope.trim() }),
        udf: valuesOf(udf),
      }
      const made = await atField('udf', unwrap(api.POST('/api/v2/public/linked-account', { body })))
      toast(`${made.name || made.account_id} is created`)
      void refresh()
      await go(accountPath(made.account_id))
    },
    { account_id: 'linked_account_id' },
  )
  const submit = () => {
    if (form.values.linked_account_id.trim()) return form.submit()
    form.setError('linked_account_id', 'Type the id that your own system has for this customer.')
  }
  return (
    <Dialog
      open
      keep={form.dirty}
      onClose={onClose}
      title="Create account"
      onSubmit={() => void submit()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={form.busy}>
            Create account
          </Button>
        </>
      }
    >
      <TextField
        label="Linked account id"
        help="Your own id for the customer. It cannot be changed later."
        placeholder="customer-42"
        autoComplete="off"
        mono
        {...form.text('linked_account_id')}
      />
      <TextField label="Name" optional autoComplete="off" {...form.text('name')} />
      <TextField
        label="Scope"
        optional
        help="A grouping of your own, such as a region or a plan."
        autoComplete="off"
        {...form.text('scope')}
      />
      <Pairs
        label="Custom fields"
        help="Values of your own about the customer. They are not secret."
        noun="field"
        pairs={form.values.udf}
        onChange={udf => form.set('udf', udf)}
        error={form.errorOf('udf')}
      />
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
    </Dialog>
  )
}
