import { Page } from '@/ui'

export const AccountsPage = () => <Page title="AccountsPage">{null}</Page>
