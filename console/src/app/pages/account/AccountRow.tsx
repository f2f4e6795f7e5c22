import { memo } from 'react'
import { A } from '@/app/links'
import { Badge, classes, Time } from '@/ui'
import style from './AccountList.module.css'
import { type AccountEntry, accountPath } from './accounts'

const SHOWN = 3

type AccountRowProps = {
  account: AccountEntry
  index: number
  top: number
  active: boolean
  onFocus: (index: number) => void
}

/** The link covers the whole row. */
export const AccountRow = memo(function AccountRow({
  account,
  index,
  top,
  active,
  onFocus,
}: AccountRowProps) {
  const { connections, expired } = account
  return (
    <tr
      aria-rowindex={index + 2}
      data-index={index}
      className={classes(style.columns, style.row)}
      style={{ transform: `translateY(${top}px)` }}
    >
      <td className={style.who}>
        <A
          to={accountPath(account.account_id)}
          className={style.link}
          tabIndex={active ? 0 : -1}
          onFocus={() => onFocus(index)}
        >
          {account.name || account.account_id}
        </A>
        {account.name && <code className={style.id}>{account.account_id}</code>}
      </td>
      <td className={style.scope}>{account.scope}</td>
      <td className={style.apps}>
        {connections.slice(0, SHOWN).map((slug, at) => (
          <Badge key={`${slug}-${at}`}>{slug}</Badge>
        ))}
        {connections.length > SHOWN && <Badge>+{connections.length - SHOWN}</Badge>}
        {expired > 0 && (
          <Badge tone="bad" dot>
            {expired} expired
          </Badge>
        )}
      </td>
      <td className={style.created}>
        <Time at={account.created_at} />
      </td>
    </tr>
  )
})
