import { Check } from 'lucide-react'
import { Fragment } from 'react'
import { useSignedIn } from '@/app/session'
import { Badge, Card, classes, LoadFault, Page, Skeleton } from '@/ui'
import style from './Roles.module.css'
import { useRoles } from './roles'

type Matrix = NonNullable<ReturnType<typeof useRoles>['data']>

/** What each role may do: the same table that the server decides by. */
export function RolesPage() {
  const roles = useRoles()
  return (
    <Page
      title="Roles"
      description="What each role may do, as the server enforces it for every call. It is the same in Test and Live."
    >
      {roles.error && <LoadFault error={roles.error} onRetry={() => void roles.refetch()} />}
      {roles.isPending && <Skeleton lines={6} />}
      {roles.data && (
        <>
          <RoleWords roles={roles.data.roles} />
          <Card flush>
            <MatrixTable matrix={roles.data} />
          </Card>
        </>
      )}
    </Page>
  )
}

function RoleWords({ roles }: { roles: Matrix['roles'] }) {
  const mine = useSignedIn().member.role
  return (
    <Card>
      <dl className={style.roles}>
        {roles.map(({ role, label, description }) => (
          <Fragment key={role}>
            <dt>
              {label} {role === mine && <Badge>You</Badge>}
            </dt>
            <dd>{description}</dd>
          </Fragment>
        ))}
      </dl>
    </Card>
  )
}

function MatrixTable({ matrix }: { matrix: Matrix }) {
  const mine = useSignedIn().member.role
  const groups = [...new Set(matrix.permissions.map(({ group }) => group))]
  const look = (role: string) => classes(role === mine && style.mine)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={style.wrap} aria-label="Permissions of the roles" tabIndex={0}>
      <table className={style.matrix}>
        <thead>
          <tr>
            <th scope="col">Permission</th>
            {matrix.roles.map(({ role, label }) => (
              <th key={role} scope="col" className={look(role)}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        {groups.map(group => (
          <tbody key={group}>
            <tr>
              <th className={style.group} scope="rowgroup" colSpan={matrix.roles.length + 1}>
                {group}
              </th>
            </tr>
            {matrix.permissions
              .filter(known => known.group === group)
              .map(({ permission, label }) => (
                <tr key={permission}>
                  <th scope="row">
                    {label}
                    <code className={style.permission}>{permission}</code>
                  </th>
                  {matrix.roles.map(({ role, permissions }) => (
                    <td key={role} className={look(role)}>
                      <Mark has={permissions.includes(permission)} />
                    </td>
                  ))}
                </tr>
              ))}
          </tbody>
        ))}
      </table>
    </section>
  )
}

const Mark = ({ has }: { has: boolean }) =>
  has ? (
    <Check className={style.yes} role="img" aria-label="Yes" />
  ) : (
    <span className={style.no} role="img" aria-label="No">
      –
    </span>
  )
